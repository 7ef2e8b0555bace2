//===- Compression.td - Encodings and layouts of weights ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_TD
#define SWAGE_DIALECTS_COMPRESSION_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Compression_Dialect : Dialect {
  let name = "compression";
  let cppNamespace = "::swage::compression";
  let summary = "how weight values are encoded and laid out";
  let description = [{
    Two separate things are said about a weight. Its *encoding* is logical: the
    element type of its tensor, such as f16. Its *layout* is physical: an
    attribute that says in which order a target's kernels find the elements.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

def Compression_LayoutAttrInterface : AttrInterface<"LayoutAttrInterface"> {
  let cppNamespace = "::swage::compression";
  let description = [{ A physical order of the elements of one or several weights that share a kernel. }];
  let methods = [
    InterfaceMethod<"Bytes that the parts take in this layout, padding included.",
      "int64_t", "getStorageBytes", (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$parts)>,
    InterfaceMethod<"Why the parts cannot have this layout, or an empty string.",
      "std::string", "checkParts", (ins "::llvm::ArrayRef<::mlir::RankedTensorType>":$parts)>
  ];
}

class Compression_Layout<string name, string attrMnemonic>
    : AttrDef<Compression_Dialect, name, [DeclareAttrInterfaceMethods<Compression_LayoutAttrInterface>]> {
  let mnemonic = attrMnemonic;
}

def Compression_RowTilesAttr : Compression_Layout<"RowTiles", "row_tiles"> {
  let summary = "tiles of output rows, k by k";
  let description = [{
    A tile holds `rows` output rows over all of K. Inside it, vectors of `rows`
    by `interleave` elements follow each other, `interleave` neighbouring k of a
    row side by side:

    ```
    tile t:  | row 0: k=0..i-1 | row 1: k=0..i-1 | ... | row r-1: k=0..i-1 |
             | row 0: k=i..2i-1 | ...
    ```

    Rows and k beyond a part are zero. Each part starts a new tile. Parts follow
    each other, or with `alternating` the tiles of two neighbouring parts take
    turns: tile 0 of both, then tile 1 of both; then the next two parts, as with
    the gates and ups of several experts.

    Rules:
    - (C1) `rows` and `interleave` are positive.
    - (C2) Parts are matrices of one element type, f32, f16 or bf16, with the
      same columns.
    - (C3) With `alternating`, parts have the same shape and their number is even.

    Example: `#compression.row_tiles<rows = 16, interleave = 2, alternating>`
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$interleave, DefaultValuedParameter<"bool", "false">:$alternating);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Compression_RowMajorAttr : Compression_Layout<"RowMajor", "row_major"> {
  let summary = "elements in row-major order, f32";
  let description = [{
    For vectors that kernels read once, such as norms and biases: the parts'
    elements one after the other, each part padded with zeros to a multiple of
    `pad` elements, widened to f32.

    Rules:
    - (C1) `pad` is positive.
    - (C2) Parts are vectors of f32, f16 or bf16.

    Example: `#compression.row_major<pad = 16>`
  }];
  let parameters = (ins "int64_t":$pad);
  let assemblyFormat = "`<` `pad` `=` $pad `>`";
  let genVerifyDecl = 1;
}

def Compression_DequantizeOp : Op<Compression_Dialect, "dequantize", [Pure]> {
  let summary = "the f32 values that an encoded weight stands for";
  let description = [{
    Rules:
    - (C1) Input and result have the same shape.
    - (C2) The input's element type is f32, f16 or bf16; the result's is f32.

    Example:
    ```mlir
    %f = compression.dequantize %w : tensor<768x256xf16> -> tensor<768x256xf32>
    ```
  }];
  let arguments = (ins AnyStaticShapeTensor:$input);
  let results = (outs AnyStaticShapeTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // SWAGE_DIALECTS_COMPRESSION_TD
