//===- TransformerFeedForwardOps.td - Feed-forward networks ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_FEED_FORWARD_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_FEED_FORWARD_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_ActivationOp : Transformer_PureOp<"activation", [SameOperandsAndResultType]> {
  let summary = "an elementwise function";
  let description = [{
    `silu(x) = x / (1 + exp(-x))`; `gelu` is exact (erf), `gelu_tanh` its
    approximation by tanh.

    Example:
    ```mlir
    %y = transformer.activation silu %x : tensor<?x768xf32>
    ```
  }];
  let arguments = (ins Transformer_ActivationAttr:$function, Transformer_Rows:$input);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$function $input attr-dict `:` type($input)";
  let hasVerifier = 0;
}

def Transformer_GatedMlpOp : Transformer_PureOp<"gated_mlp"> {
  let summary = "a gated feed-forward network";
  let description = [{
    `down * (function(gate * x) * (up * x))`, with biases if given.

    Rules:
    - (C1) `gate` and `up` have the same shape and the input's columns.
    - (C2) `down` has as many columns as `gate` has rows.
    - (C3) There is no bias, or one for each of gate, up and down with its number of rows.
    - (C4) The result's columns are the rows of `down`.

    Example:
    ```mlir
    %y = transformer.gated_mlp silu %x gate %g up %u down %d
        : (tensor<?x256xf32>, tensor<768x256xf16>, tensor<768x256xf16>, tensor<256x768xf16>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_ActivationAttr:$function, Transformer_Rows:$input, Transformer_Matrix:$gate,
                       Transformer_Matrix:$up, Transformer_Matrix:$down, Variadic<Transformer_Vector>:$biases);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $function $input `gate` $gate `up` $up `down` $down (`biases` `(` $biases^ `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // SWAGE_DIALECTS_TRANSFORMER_FEED_FORWARD_OPS_TD
