//===- ScheduleDialect.td - What the runtime executes ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_SCHEDULE_DIALECT_TD
#define SWAGE_DIALECTS_SCHEDULE_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Schedule_Dialect : Dialect {
  let name = "schedule";
  let cppNamespace = "::swage::schedule";
  let summary = "programs of dispatches, as the runtime executes them";
  let description = [{
    One to one with the artifact's table (`runtime/schema/artifact.fbs`): a
    program for each kind of device, its packed weights and kernels, and entry
    points whose variants list buffers, dispatches and barriers.

    Sizes that are known at run time only are affine maps of no dimension and
    five symbols, always in this order: `s0` rows, `s1` sequences, `s2` logit
    rows, `s3` pages of the cache pool, `s4` page-table entries of a sequence.
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect", "::swage::compression::CompressionDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Symbols of every size expression, in the order of the schema's `Symbol`.
    enum SizeSymbol : unsigned { Rows, Sequences, LogitRows, Pages, TableStride, NumSymbols };
  }];
}

def Schedule_RowVariant : I32EnumAttr<"RowVariant", "how many rows code is made for", [
    I32EnumAttrCase<"One", 0, "one">,
    I32EnumAttrCase<"Few", 1, "few">,
    I32EnumAttrCase<"Many", 2, "many">]> {
  let cppNamespace = "::swage::schedule";
  let genSpecializedAttr = 0;
}
def Schedule_RowVariantAttr : EnumAttr<Schedule_Dialect, Schedule_RowVariant, "row_variant">;

def Schedule_VariantAttr : AttrDef<Schedule_Dialect, "Variant"> {
  let mnemonic = "variant";
  let summary = "which calls of an entry point a function serves";
  let description = [{
    Carried by a function as `schedule.variant`: it serves calls of `entry` with
    `min` to `max` rows on sessions whose cache is stored as `cache` (`none` for
    an entry point that has no cache).

    Rules:
    - (C1) `1 <= min <= max`.
    - (C2) `cache` is an element type of `!transformer.cache`, or none.

    Example: `#schedule.variant<entry = "forward", rows = few, min = 2, max = 15, cache = f16>`
  }];
  let parameters = (ins
    StringRefParameter<"the entry point's name">:$entry,
    EnumParameter<Schedule_RowVariant>:$rows,
    "int64_t":$min,
    "int64_t":$max,
    "::mlir::Type":$cache);
  let assemblyFormat = [{
    `<` `entry` `=` $entry `,` `rows` `=` $rows `,` `min` `=` $min `,` `max` `=` $max `,` `cache` `=` $cache `>`
  }];
  let genVerifyDecl = 1;
}

def Schedule_Role : I32EnumAttr<"Role", "what an argument or a result means", [
    I32EnumAttrCase<"Tokens", 1, "tokens">,
    I32EnumAttrCase<"Batch", 2, "batch">,
    I32EnumAttrCase<"LogitRows", 3, "logit_rows">,
    I32EnumAttrCase<"Logits", 4, "logits">,
    I32EnumAttrCase<"TokenTypes", 5, "token_types">,
    I32EnumAttrCase<"Hidden", 6, "hidden">,
    I32EnumAttrCase<"Pooled", 7, "pooled">,
    I32EnumAttrCase<"ClassLogits", 8, "class_logits">]> {
  let cppNamespace = "::swage::schedule";
  let genSpecializedAttr = 0;
}
def Schedule_RoleAttr : EnumAttr<Schedule_Dialect, Schedule_Role, "role">;

def Schedule_BufferType : TypeDef<Schedule_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "memory that a dispatch can bind";
}

def Schedule_TargetAttrInterface : AttrInterface<"TargetAttrInterface"> {
  let cppNamespace = "::swage::schedule";
  let description = [{ What passes may know about a target. Each target implements it on an attribute of its own. }];
  let methods = [
    InterfaceMethod<"Kind of device: `cpu`, `cuda`, `vulkan` or `webgpu`.", "::llvm::StringRef", "getDevice">,
    InterfaceMethod<"Whether code for `other` can run this target's schedule: layouts, row lengths and grids are the same.", "bool",
      "sharesScheduleWith", (ins "::mlir::Attribute":$other)>,
    InterfaceMethod<"The target as a user would write it, fully spelled out.", "std::string", "getCanonicalName">,
    InterfaceMethod<[{The element type in which rows are multiplied with weights of type `weight` fastest, within the accuracy that
        `--activations auto` promises.}], "::mlir::Type", "getFastestActivation", (ins "::mlir::Type":$weight)>,
    InterfaceMethod<"Whether rows of type `activation` can be multiplied with weights of type `weight`.", "bool",
      "supportsLinear", (ins "::mlir::Type":$weight, "::mlir::Type":$activation)>,
    InterfaceMethod<"Most rows that variants one and few serve; variant many serves all.", "int64_t", "getMaxRows",
      (ins "::swage::schedule::RowVariant":$variant)>,
    InterfaceMethod<"Layout of the parts of a matrix product; `gated` parts are read in pairs.", "::mlir::Attribute",
      "getMatrixLayout", (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$parts, "bool":$gated)>,
    InterfaceMethod<"Layout of vectors.", "::mlir::Attribute", "getVectorLayout">,
    InterfaceMethod<"Elements from row to row of a row buffer, or bytes if they are encoded.", "int64_t", "getRowLength", (ins "::mlir::RankedTensorType":$rows)>,
    InterfaceMethod<"Row buffers have memory for a multiple of this many rows.", "int64_t", "getRowPadding">,
    InterfaceMethod<"Positions that the fine part of a table of rotary phases covers.", "int64_t", "getPhaseStep">,
    InterfaceMethod<"Positions in a page of the cache.", "int64_t", "getPagePositions">,
    InterfaceMethod<"Bytes of a page of keys and of a page of values.", "std::pair<int64_t, int64_t>", "getCachePageBytes",
      (ins "::swage::transformer::CacheType":$cache)>,
    InterfaceMethod<[{Work items of the kernel whose only operation besides splits is `op`, over the five size symbols, where `s0`
        stands for the kernel's own rows; failure, with an error at the operation, if the target has no code for it.}],
      "::mlir::FailureOr<::mlir::AffineMap>", "getGrid", (ins "::mlir::Operation *":$op, "::swage::schedule::RowVariant":$variant)>
  ];
}

#endif // SWAGE_DIALECTS_SCHEDULE_DIALECT_TD
