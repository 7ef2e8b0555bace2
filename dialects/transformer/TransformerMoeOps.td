//===- TransformerMoeOps.td - Mixtures of experts ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_MOE_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_MOE_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

/// A few indices for each row: `tensor<?xKxi32>`.
def Transformer_IndexRows : Type<And<[
    RankedTensorOf<[I32]>.predicate, HasAnyRankOfPred<[2]>,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0)">,
    CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1)">]>,
    "rows of 32-bit indices, tensor<?xKxi32>", "::mlir::RankedTensorType">;

/// What stands for each expert that has rows: `tensor<Ex3xi32>`.
def Transformer_Groups : Type<And<[
    RankedTensorOf<[I32]>.predicate, HasAnyRankOfPred<[2]>, HasStaticShapePred,
    CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getDimSize(1) == 3">]>,
    "groups of places, tensor<Ex3xi32>", "::mlir::RankedTensorType">;

def Transformer_MoeOp : Transformer_PureOp<"moe", [AttrSizedOperandSegments]> {
  let summary = "a mixture of gated feed-forward networks";
  let description = [{
    The router's sums become probabilities by softmax over the experts, in f32.
    Each row takes the `top_k` most probable experts, of equally probable ones
    those with the lower number. Its result is the sum of their gated networks,
    `down * (function(gate * x) * (up * x))`, each times its probability; with
    `normalize` the chosen probabilities are divided by their sum first.

    Rules:
    - (C1) The router has the input's columns and one row for each expert.
    - (C2) `gate`, `up` and `down` have one matrix for each expert.
    - (C3) The matrices of `gate` and `up` have one shape and the input's columns; those of `down` have one shape
      and as many columns as a gate has rows.
    - (C4) `top_k` is at least 1 and at most the number of experts.
    - (C5) The result's columns are the rows of a `down`.

    Example:
    ```mlir
    %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {normalize, top_k = 1 : i64}
        : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
           tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Transformer_ActivationAttr:$function, Transformer_Rows:$input, Transformer_Matrix:$router,
                       Variadic<Transformer_Matrix>:$gate, Variadic<Transformer_Matrix>:$up,
                       Variadic<Transformer_Matrix>:$down, I64Attr:$top_k, UnitAttr:$normalize);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $function $input `router` $router `gate` `(` $gate `)` `up` `(` $up `)` `down` `(` $down `)`
    attr-dict `:` functional-type(operands, results)
  }];
}

def Transformer_RouteOp : Transformer_Op<"route", [Pure]> {
  let summary = "chooses experts for rows and sorts the rows by expert";
  let description = [{
    From the router's sums, one for each expert: the softmax in f32, then the
    `top_k` most probable experts of each row in rank order, of equally probable
    ones those with the lower number first.

    A pair is a row with one of its experts; pair `row * top_k + rank` is the
    row's expert of that rank. A place is a position in the list of all pairs
    that is sorted by expert; pairs of one expert keep their order.

    - `weights[row][rank]` is the expert's probability, divided by the sum of
      the row's `top_k` with `normalize`.
    - `experts[row][rank]` is the expert's number.
    - `places[p]` is the pair that stands at place p.
    - `groups[g]` is, for the g-th expert that has pairs, its number, its first
      place and the place behind its last. Groups behind the last one are empty.

    Rules:
    - (C1) `top_k` is at least 1 and at most the logits' columns.
    - (C2) `weights` and `experts` have `top_k` columns; `groups` has a row for each expert.
    - (C3) The logits and `weights` are f32.

    Example:
    ```mlir
    %weights, %experts, %places, %groups = transformer.route %logits {normalize, top_k = 2 : i64}
        : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<8x3xi32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$logits, I64Attr:$top_k, UnitAttr:$normalize);
  let results = (outs Transformer_Rows:$weights, Transformer_IndexRows:$experts, Transformer_Indices:$places,
                      Transformer_Groups:$groups);
  let assemblyFormat = [{
    $logits attr-dict `:` type($logits) `->` type($weights) `,` type($experts) `,` type($places) `,` type($groups)
  }];
}

def Transformer_GroupedLinearOp : Transformer_Op<"grouped_linear", [Pure]> {
  let summary = "multiplies each row by the matrix of its expert";
  let description = [{
    A linear whose weights depend on the row, as `places` and `groups` of a
    `route` tell; see there for places and pairs. Each sum is accumulated in
    f32. Only matrices of groups that are not empty are read.

    Without `scatter` the input has a row for each token and the result one for
    each place: `result[p] = input[places[p] / top_k] * weight^T`. With
    `scatter` the input has a row for each place and the result one for each
    pair: `result[places[p]] = input[p] * weight^T`.

    With `activation` each expert has two matrices, gate and up one after the
    other, and the result is `function(gate sum) * up sum`.

    Rules:
    - (C1) There is one weight for each expert that `groups` has, or two with `activation`.
    - (C2) The weights have one type and the input's columns.
    - (C3) The result's columns are the rows of a weight.
    - (C4) `top_k` is at least 1 and at most the number of experts.

    Example:
    ```mlir
    %h = transformer.grouped_linear %x, %places, %groups weights(%g0, %u0, %g1, %u1) activation silu {top_k = 1 : i64}
        : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
           tensor<24x8xf16>) -> tensor<?x24xf32>
    %y = transformer.grouped_linear %h, %places, %groups weights(%d0, %d1) {scatter, top_k = 1 : i64}
        : (tensor<?x24xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Transformer_AnyRows:$input, Transformer_Indices:$places, Transformer_Groups:$groups,
                       Variadic<Transformer_Matrix>:$weights, I64Attr:$top_k, UnitAttr:$scatter,
                       OptionalAttr<Transformer_ActivationAttr>:$activation);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $input `,` $places `,` $groups `weights` `(` $weights `)` (`activation` $activation^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Transformer_CombineOp : Transformer_PureOp<"combine"> {
  let summary = "sums the experts' rows of each row";
  let description = [{
    The input has a row for each pair of a row and a rank:
    `result[r] = sum over rank of weights[r][rank] * input[r * top_k + rank]`,
    in rank order and f32, plus `residual[r]` where it is given; `top_k` is the
    number of columns of `weights`.

    Rules:
    - (C1) Input and result have the same columns and are f32, as are the weights.
    - (C2) `residual` has the result's type.

    Example:
    ```mlir
    %y = transformer.combine %pairs, %weights residual %x
        : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Rows:$weights, Optional<Transformer_Rows>:$residual);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $weights (`residual` $residual^)? attr-dict `:` functional-type(operands, results)";
}

#endif // SWAGE_DIALECTS_TRANSFORMER_MOE_OPS_TD
