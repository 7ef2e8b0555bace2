//===- TransformerRowOps.td - Operations on rows ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_EmbeddingOp : Transformer_PureOp<"embedding"> {
  let summary = "gathers a row of the table for each token";
  let description = [{
    Rules:
    - (C1) The result has the table's columns.
    - (C2) `scale`, which multiplies the gathered rows, is finite.

    Example:
    ```mlir
    %x = transformer.embedding %tokens, %table
        : (tensor<?xi32>, tensor<4096x256xf16>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Indices:$tokens, Transformer_Matrix:$table, DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$tokens `,` $table attr-dict `:` functional-type(operands, results)";
}

def Transformer_SelectRowsOp : Transformer_PureOp<"select_rows"> {
  let summary = "picks rows by index";
  let description = [{
    Rules:
    - (C1) Input and result have the same columns and element type.

    Example:
    ```mlir
    %last = transformer.select_rows %x, %rows : (tensor<?x256xf32>, tensor<?xi32>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Indices:$rows);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $rows attr-dict `:` functional-type(operands, results)";
}

def Transformer_RmsNormOp : Transformer_PureOp<"rms_norm"> {
  let summary = "root-mean-square normalization of rows";
  let description = [{
    `result[r] = x / sqrt(mean(x^2) + epsilon) * weight` with `x = input[r]`, or
    `x = input[rows[r]]` when `rows` is given. Computed in f32; the result's
    element type is what the consumer reads.

    Rules:
    - (C1) Input, weight and result have the same columns.
    - (C2) `epsilon` is not negative.

    Example:
    ```mlir
    %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf16>) -> tensor<?x256xbf16>
    %m = transformer.rms_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf16>, tensor<?xi32>) -> tensor<?x256xbf16>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Vector:$weight,
                       Optional<Transformer_Indices>:$rows, F64Attr:$epsilon);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $weight (`rows` $rows^)? attr-dict `:` functional-type(operands, results)";
}

def Transformer_LayerNormOp : Transformer_PureOp<"layer_norm"> {
  let summary = "normalization of rows to zero mean and unit variance";
  let description = [{
    `result[r] = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias`, in f32.

    Rules:
    - (C1) Input, weight, bias and result have the same columns.
    - (C2) `epsilon` is not negative.

    Example:
    ```mlir
    %n = transformer.layer_norm %x, %w bias %b {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Vector:$weight,
                       Optional<Transformer_Vector>:$bias, F64Attr:$epsilon);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $weight (`bias` $bias^)? attr-dict `:` functional-type(operands, results)";
}

def Transformer_LinearOp : Transformer_PureOp<"linear", [AttrSizedOperandSegments]> {
  let summary = "multiplies rows by one or several weight matrices";
  let description = [{
    The sums are `input * concat(weights)^T`, each accumulated in f32, one part
    for each weight, side by side, plus the biases. Then the epilogue:
    - none: the result is the sums;
    - `activation`: the function of each sum;
    - `gated activation`: with two parts, `function(first) * second`;
    - `residual`: the sums are added to its rows.

    Parts keep their weights, so that a recipe can name them and `inspect` can
    show them.

    Rules:
    - (C1) There is at least one weight, and each has the input's columns.
    - (C2) There is no bias, or one for each weight with its number of rows.
    - (C3) `gated` needs an activation and exactly two parts with the same number of rows.
    - (C4) The result's columns are the sum of the parts' rows, or those of one part if gated.
    - (C5) `residual` has the result's type and excludes an activation.

    Example:
    ```mlir
    %qkv = transformer.linear %x weights(%q, %k, %v)
        : (tensor<?x256xbf16>, tensor<256x256xf16>, tensor<64x256xf16>, tensor<64x256xf16>) -> tensor<?x384xf32>
    %h = transformer.linear %x weights(%gate, %up) activation(gated silu)
        : (tensor<?x256xbf16>, tensor<768x256xf16>, tensor<768x256xf16>) -> tensor<?x768xbf16>
    %y = transformer.linear %h weights(%down) residual %x0
        : (tensor<?x768xbf16>, tensor<256x768xf16>, tensor<?x256xf32>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Variadic<Transformer_Matrix>:$weights,
                       Variadic<Transformer_Vector>:$biases, Optional<Transformer_Rows>:$residual,
                       OptionalAttr<Transformer_ActivationAttr>:$activation, UnitAttr:$gated);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $input `weights` `(` $weights `)` (`biases` `(` $biases^ `)`)?
    (`activation` `(` custom<Function>($activation, $gated)^ `)`)? (`residual` $residual^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Transformer_SplitOp : Transformer_PureOp<"split"> {
  let summary = "cuts rows into column ranges";
  let description = [{
    Rules:
    - (C1) The results' columns add up to the input's, and their element type is the input's.

    Example:
    ```mlir
    %q, %k, %v = transformer.split %qkv : tensor<?x384xf32> -> tensor<?x256xf32>, tensor<?x64xf32>, tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input);
  let results = (outs Variadic<Transformer_Rows>:$parts);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($parts)";
  let hasFolder = 1;
}

def Transformer_LogitsOp : Transformer_PureOp<"logits"> {
  let summary = "scores the vocabulary for chosen rows";
  let description = [{
    `result[r] = input[rows[r]] * weight^T`.

    Rules:
    - (C1) The weight has the input's columns, and the result the weight's rows as columns.
    - (C2) The result's element type is f32.

    Example:
    ```mlir
    %scores = transformer.logits %x, %rows, %table
        : (tensor<?x256xf32>, tensor<?xi32>, tensor<4096x256xf16>) -> tensor<?x4096xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Indices:$rows, Transformer_Matrix:$weight);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $rows `,` $weight attr-dict `:` functional-type(operands, results)";
}

#endif // SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD
