//===- Passes.td - Passes of the stage compress ------------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_COMPRESSION
#define SWAGE_PASSES_COMPRESSION

include "mlir/Pass/PassBase.td"

def AssignEncodings : Pass<"swage-compression-assign-encodings", "::mlir::ModuleOp"> {
  let summary = "Give weights the encodings that a recipe names";
  let description = [{
    The types of matrices that linears multiply, and of the table of tokens,
    become what `recipe` says: a preset's name or a YAML file, whose first rule
    that matches a matrix's name decides. What no rule matches, and vectors, stay
    as they are. Values are encoded when they are packed. What a recipe says of
    activations is for the caller to hand to `AssignActivations`.

    Where blocks of a K-type do not divide the rows of a matrix, presets take
    what llama.cpp takes (q4_0 for q2_k and q3_k, q5_0 for q4_k, q5_1 for q5_k,
    q8_0 for q6_k; if those do not either, the matrix stays as it is), with a
    warning.

    Refused, with an error that points at the rule: one that matches no matrix
    or only what earlier rules decide, an encoding whose blocks do not divide a
    matrix's rows, and a matrix that is stored as codes already. Matrices of
    experts need one encoding.

    Before, with `recipe=q8_0`:

    ```mlir
    transformer.weight @up_proj.weight : tensor<96x32xf16>
    %w = transformer.get_weight @up_proj.weight : tensor<96x32xf16>
    ```

    After:

    ```mlir
    transformer.weight @up_proj.weight : tensor<96x32x!compression.group<i8, 32, scale = f16>>
    %w = transformer.get_weight @up_proj.weight : tensor<96x32x!compression.group<i8, 32, scale = f16>>
    ```
  }];
  let options = [
    Option<"recipe", "recipe", "std::string", /*default=*/"\"none\"",
           "A preset that swage recipes lists, or a YAML file">
  ];
  let statistics = [
    Statistic<"numEncoded", "encoded", "Number of matrices that got an encoding">
  ];
  let dependentDialects = ["::swage::compression::CompressionDialect", "::swage::transformer::TransformerDialect"];
}

def SplitMixedLinears : Pass<"swage-compression-split-mixed-linears", "::mlir::ModuleOp"> {
  let summary = "Part linears whose weights are encoded differently";
  let description = [{
    A linear whose parts have several encodings becomes one for each, with the
    parts of that encoding. Values that a `split` cut out of its result come from
    the new ones.

    Refused, with an error at the linear: gate and up of different encodings,
    and what else has to stay together.

    Before:

    ```mlir
    %qv = transformer.linear %x weights(%wq, %wv)
        : (tensor<?x32xf32>, tensor<32x32x!compression.group<i4, 32, scale = f16>>, tensor<8x32xf16>) -> tensor<?x40xf32>
    %q, %v = transformer.split %qv : tensor<?x40xf32> -> tensor<?x32xf32>, tensor<?x8xf32>
    ```

    After:

    ```mlir
    %q = transformer.linear %x weights(%wq)
        : (tensor<?x32xf32>, tensor<32x32x!compression.group<i4, 32, scale = f16>>) -> tensor<?x32xf32>
    %v = transformer.linear %x weights(%wv) : (tensor<?x32xf32>, tensor<8x32xf16>) -> tensor<?x8xf32>
    ```
  }];
  let statistics = [
    Statistic<"numSplit", "split", "Number of linears that became several">
  ];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

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

    A module with the attribute `compression.row_range` was made for rows of
    codes with that `row_range`, which `auto` and `int8` then make.

    The producer of the rows (a norm, an attention, a linear without residual)
    writes that type itself if every consumer is a linear that wants it.
    Otherwise `auto` leaves the rows as they are if the targets support them;
    else the rows are converted before the linear. Rows of codes are always made
    by a `compression.quantize` before it.

    Refused, with an error at the linear, which lists what the target supports: a type
    that a target cannot multiply with a weight. With an error at the module: a
    module without targets, an unknown type, other types than f32 and int8 if
    the module has a `compression.row_range`.

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
