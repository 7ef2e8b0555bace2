//===- Passes.td - Passes of the stage compress ------------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_COMPRESSION
#define SWAGE_PASSES_COMPRESSION

include "mlir/Pass/PassBase.td"

def AssignActivations : Pass<"swage-compression-assign-activations", "::mlir::ModuleOp"> {
  let summary = "Choose the element type that each weight is multiplied with";
  let description = [{
    Each linear gets rows of the element type `activations`, or with `auto` of a
    type that the module's targets (`swage.targets`) name: f32 if a weight is
    f32, else the fastest one if the targets agree, else the first target's
    fastest that all of them support, else f32. `int8` stands for codes in
    groups of 32 columns with an f32 scale each; weights that are floats are
    treated as with `auto` then. The choice depends on weights
    and targets only, so it is the same in all row-count variants.

    The producer of the rows (a norm, an attention, a linear without residual)
    writes that type itself if every consumer is a linear that wants it.
    Otherwise `auto` leaves the rows as they are if the targets support them;
    else the rows are converted before the linear. Rows of codes are always made
    by a `compression.quantize` before it.

    Refused, with an error at the linear, which lists what the target supports: a type
    that a target cannot multiply with a weight. With an error at the module: a
    module without targets, an unknown type.

    Before, with `activations=bf16`:

    ```mlir
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %y = transformer.linear %n weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    ```

    After:

    ```mlir
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xbf16>
    %y = transformer.linear %n weights(%w) : (tensor<?x8xbf16>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    ```
  }];
  let options = [
    Option<"activations", "activations", "std::string", /*default=*/"\"auto\"",
           "What weights are multiplied with: auto, f32, f16, bf16, int8">
  ];
  let statistics = [
    Statistic<"numProducers", "producers", "Number of producers that write another element type">,
    Statistic<"numConversions", "conversions", "Number of conversions inserted">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::swage::compression::CompressionDialect",
                           "::swage::transformer::TransformerDialect"];
}

def VerifyCompressed : Pass<"swage-compression-verify-compressed", "::mlir::ModuleOp"> {
  let summary = "Check what the stage specialize relies on";
  let description = [{
    Changes nothing. Every target of the module can multiply each linear's rows
    with each of its weights; an error at a linear says which cannot.

    Accepted on every CPU:

    ```mlir
    %y = transformer.linear %n weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    ```
  }];
}

#endif // SWAGE_PASSES_COMPRESSION
