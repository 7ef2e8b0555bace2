//===- ScheduleOps.td - Programs, kernels and commands ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_SCHEDULE_OPS_TD
#define SWAGE_DIALECTS_SCHEDULE_OPS_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "dialects/schedule/ScheduleDialect.td"
include "dialects/transformer/TransformerAttrs.td"

class Schedule_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Schedule_Dialect, opMnemonic, traits>;

// ---- Programs ---------------------------------------------------------------

def Schedule_ProgramOp : Schedule_Op<"program", [Symbol, SymbolTable, NoTerminator, IsolatedFromAbove, NoRegionArguments, SingleBlock]> {
  let summary = "everything that one kind of device needs";
  let description = [{
    `levels` are further targets that the same schedule serves with code of
    their own, such as older processors; the runtime takes the first of `target`
    and `levels` that the device can run.

    Rules:
    - (C1) `target` implements the target interface.
    - (C2) So does each of `levels`, and shares `target`'s schedule.
    - (C3) All `phases` have the same classes of lengths.

    Example:
    ```mlir
    schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v4"> levels [#swage_cpu.target<"cpu:x86-64-v3">] {
      schedule.entry_point @forward {
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, AnyAttr:$target, OptionalAttr<ArrayAttr>:$levels,
                       OptionalAttr<StrAttr>:$sym_visibility);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `target` $target (`levels` $levels^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// `target` and then `levels`.
    ::llvm::SmallVector<::swage::schedule::TargetAttrInterface> getAllTargets();
  }];
}

def Schedule_WeightOp : Schedule_Op<"weight", [Symbol, HasParent<"ProgramOp">]> {
  let summary = "one or several tensors of the checkpoint, packed for a kernel";
  let description = [{
    `parts` name `transformer.weight`s of the enclosing module, in row order.

    Rules:
    - (C1) There is at least one part; parts and types correspond.
    - (C2) The layout accepts the parts.

    Example:
    ```mlir
    schedule.weight @qkv parts [@q, @k, @v] types [tensor<256x256xf16>, tensor<64x256xf16>, tensor<64x256xf16>]
        layout #compression.row_tiles<rows = 16, interleave = 1>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefArrayAttr:$parts, AnyAttr:$layout,
                       TypeArrayAttr:$types, OptionalAttr<StrAttr>:$sym_visibility);
  let assemblyFormat = "$sym_name `parts` $parts `types` $types `layout` $layout attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The parts' types, in order.
    ::llvm::SmallVector<::mlir::RankedTensorType> getPartTypes();
    /// Bytes in the artifact.
    int64_t getStorageBytes();
  }];
}

def Schedule_PhasesOp : Schedule_Op<"phases", [Symbol, HasParent<"ProgramOp">]> {
  let summary = "the table of rotary phases";
  let description = [{
    Cosine and sine of each pair's angle, f32, in two parts whose complex
    product is the phase of a position: `fine` for position modulo `step`, then
    coarse for multiples of `step`, up to `positions`. There is such a table for
    each of the rope's classes of lengths. Layout
    `[classes][step + ceil(positions / step)][dims / 2][cos, sin]`.

    Kernels find the table by the number that the batch gives for a position:
    position p in class c has the number `c * span + p`, where
    span is `ceil(positions / step) * step`.

    Rules:
    - (C1) `positions` and `step` are positive.
    - (C2) The last of the rope's lengths is `positions`.

    Example:
    ```mlir
    schedule.phases @rope #transformer.rope<dims = 32, theta = 1.0e+04> positions 1024 step 256
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Transformer_RopeAttr:$rope, I64Attr:$positions, I64Attr:$step,
                       OptionalAttr<StrAttr>:$sym_visibility);
  let assemblyFormat = "$sym_name $rope `positions` $positions `step` $step attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Bytes in the artifact.
    int64_t getStorageBytes();
    /// The distance between the numbers of one position in two classes.
    int64_t getPositionSpan();
  }];
}

def Schedule_KernelOp : Schedule_Op<"kernel", [Symbol, IsolatedFromAbove, HasParent<"ProgramOp">, SingleBlock]> {
  let summary = "what a dispatch computes";
  let description = [{
    The body computes the yielded values from the block arguments with
    operations of the model: one operation that the target has code for, and
    splits that cut its operands. The block arguments are what it reads, the
    yielded value what it writes.

    A dispatch binds, in this order: row buffers that are read; the weights of
    the operation, packed as one; the biases, as one; indices; keys and values of
    the cache; the batch; the phases, where the operation rotates; the row
    buffer that is written, which is also the residual where there is one. An
    embedding, which reads no rows, binds its indices first.

    Rules:
    - (C1) The body ends with `schedule.yield`.

    Example:
    ```mlir
    schedule.kernel @rms_norm_256_f32 variant one {
    ^bb0(%x: tensor<?x256xf32>, %w: tensor<256xf32>):
      %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x256xf32>, tensor<256xf32>) -> tensor<?x256xf32>
      schedule.yield %n : tensor<?x256xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Schedule_RowVariantAttr:$variant, OptionalAttr<StrAttr>:$sym_visibility);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `variant` $variant attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The operation that the kernel is for: the only one besides splits.
    ::mlir::Operation *getComputeOp();
  }];
}

def Schedule_YieldOp : Schedule_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"KernelOp">]> {
  let summary = "ends a kernel";
  let description = [{
    Example: `schedule.yield %n : tensor<?x256xf32>`
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Schedule_EntryPointOp : Schedule_Op<"entry_point", [Symbol, NoTerminator, HasParent<"ProgramOp">, NoRegionArguments, SingleBlock]> {
  let summary = "a function that a session can call";
  let description = [{
    Rows of an entry point with `whole_sequences` see later rows of their
    sequence too, so the runtime computes each sequence in one call.

    Rules:
    - (C1) The body holds variants only, at least one once the program is complete.

    Example:
    ```mlir
    schedule.entry_point @forward {
      schedule.variant one cache f16 rows 1 to 1 {
        schedule.barrier
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, UnitAttr:$whole_sequences, OptionalAttr<StrAttr>:$sym_visibility);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name (`whole_sequences` $whole_sequences^)? attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Schedule_VariantOp : Schedule_Op<"variant", [NoTerminator, HasParent<"EntryPointOp">, NoRegionArguments, SingleBlock]> {
  let summary = "the commands for a range of row counts and a cache type";
  let description = [{
    Rules:
    - (C1) `1 <= min_rows <= max_rows`.

    Example:
    ```mlir
    schedule.variant few cache f16 rows 2 to 15 {
      schedule.barrier
    }
    ```
  }];
  let arguments = (ins Schedule_RowVariantAttr:$variant, TypeAttr:$cache, I64Attr:$min_rows, I64Attr:$max_rows);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$variant `cache` $cache `rows` $min_rows `to` $max_rows attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

// ---- Buffers ----------------------------------------------------------------

class Schedule_BufferOp<string opMnemonic> : Schedule_Op<opMnemonic, [HasParent<"VariantOp">]> {
  let results = (outs Schedule_BufferType:$buffer);
}

def Schedule_ArgumentOp : Schedule_BufferOp<"argument"> {
  let summary = "an input of the call";
  let description = [{
    Rules:
    - (C1) `size` has no dimension, five symbols and one result.

    Example: `%tokens = schedule.argument tokens size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 4)>`
  }];
  let arguments = (ins Schedule_RoleAttr:$role, AffineMapAttr:$size);
  let assemblyFormat = "$role `size` $size attr-dict";
  let hasVerifier = 1;
}

def Schedule_ResultOp : Schedule_BufferOp<"result"> {
  let summary = "an output of the call";
  let description = [{
    `rows` says how many rows of f32 a call writes, for those who look at them.

    Rules:
    - (C1) `size` and `rows` have no dimension, five symbols and one result.
    - (C2) `row_length >= columns > 0`.

    Example: `%logits = schedule.result logits columns 4096 row_length 4112 size affine_map<()[s0, s1, s2, s3, s4] -> (s2 * 16448)>`
  }];
  let arguments = (ins Schedule_RoleAttr:$role, I64Attr:$columns, I64Attr:$row_length, AffineMapAttr:$size,
                       OptionalAttr<AffineMapAttr>:$rows);
  let assemblyFormat = "$role `columns` $columns `row_length` $row_length `size` $size (`rows` $rows^)? attr-dict";
  let hasVerifier = 1;
}

def Schedule_ArenaOp : Schedule_BufferOp<"arena"> {
  let summary = "transient memory";
  let description = [{
    Lives from the first to the last dispatch that binds it; the runtime lets
    buffers with disjoint lives share memory.

    `holds` says what is in it, for those who look at it: `rows` rows of the
    columns and elements of a `tensor<?x256xbf16>`, the next row `row_length`
    elements behind.

    Rules:
    - (C1) `size` and `rows` have no dimension, five symbols and one result.
    - (C2) What it holds has the shape `[?, columns]`, with `row_length >= columns > 0`.

    Example:
    ```mlir
    %x = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 1024)>
        holds tensor<?x250xf32> rows affine_map<()[s0, s1, s2, s3, s4] -> (s0)> row_length 256
    ```
  }];
  let arguments = (ins StrAttr:$name, AffineMapAttr:$size, OptionalAttr<TypeAttr>:$tensor,
                       OptionalAttr<AffineMapAttr>:$rows, OptionalAttr<I64Attr>:$row_length);
  let assemblyFormat = "$name `size` $size (`holds` $tensor^ `rows` $rows `row_length` $row_length)? attr-dict";
  let hasVerifier = 1;
}

def Schedule_StateOp : Schedule_BufferOp<"state"> {
  let summary = "memory that survives between calls";
  let description = [{
    Pages of a cache; the pool's number of pages is the session's. The name is
    the same in all variants that share it.

    Rules:
    - (C1) `page_bytes` is positive.

    Example: `%keys = schedule.state "cache.0.keys" page_bytes 8192`
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$page_bytes);
  let assemblyFormat = "$name `page_bytes` $page_bytes attr-dict";
  let hasVerifier = 1;
}

def Schedule_ConstantOp : Schedule_Op<"constant", [HasParent<"VariantOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a packed weight or table";
  let description = [{
    Rules:
    - (C1) `weight` names a `schedule.weight` or `schedule.phases` of the program.

    Example: `%w = schedule.constant @qkv`
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs Schedule_BufferType:$buffer);
  let assemblyFormat = "$weight attr-dict";
}

// ---- Commands ---------------------------------------------------------------

def Schedule_DispatchOp : Schedule_Op<"dispatch", [HasParent<"VariantOp">, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel";
  let description = [{
    `grid` work items of the kernel, with the bindings in the kernel's order.
    `multiply_adds` and `bytes` are what one call costs, for profiles.

    Rules:
    - (C1) `kernel` names a `schedule.kernel` of the program.
    - (C2) There are 1 to 8 bindings, and `writes` has one entry for each.
    - (C3) Every map has no dimension, five symbols and one result.

    Example:
    ```mlir
    schedule.dispatch @norm "layer 0 norm" bindings(%x, %w, %n) writes [false, false, true]
        scalars [affine_map<()[s0, s1, s2, s3, s4] -> (s0)>] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, StrAttr:$name, Variadic<Schedule_BufferType>:$bindings,
                       DenseBoolArrayAttr:$writes, AffineMapArrayAttr:$scalars, AffineMapAttr:$grid,
                       OptionalAttr<AffineMapAttr>:$bytes, OptionalAttr<AffineMapAttr>:$multiply_adds);
  let assemblyFormat = [{
    $kernel $name `bindings` `(` $bindings `)` `writes` $writes `scalars` $scalars `grid` $grid
    (`bytes` $bytes^)? (`multiply_adds` $multiply_adds^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Schedule_BarrierOp : Schedule_Op<"barrier", [HasParent<"VariantOp">]> {
  let summary = "earlier dispatches end before later ones start";
  let description = [{
    Example: `schedule.barrier`
  }];
  let assemblyFormat = "attr-dict";
}

#endif // SWAGE_DIALECTS_SCHEDULE_OPS_TD
