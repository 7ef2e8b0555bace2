//===- TransformerRowOps.td - Operations on rows ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_EmbeddingOp : Transformer_PureOp<"embedding", [AttrSizedOperandSegments]> {
  let summary = "gathers a row of the table for each token";
  let description = [{
    `result[r] = scale * table[tokens[r]] + type_table[types[r]] +
    position_table[position of r in batch]`, added in f32 from left to right;
    the last two terms are there only if their tables are.

    Rules:
    - (C1) The result has the columns of each table.
    - (C2) `scale`, which multiplies the gathered rows, is finite.

    Example:
    ```mlir
    %x = transformer.embedding %tokens, %table
        : (tensor<?xi32>, tensor<4096x256xf16>) -> tensor<?x256xf32>
    %y = transformer.embedding %tokens, %table types(%types, %type_table) positions(%batch, %position_table)
        : (tensor<?xi32>, tensor<4096x256xf16>, tensor<?xi32>, tensor<2x256xf16>, !transformer.batch, tensor<512x256xf16>)
        -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Indices:$tokens, Transformer_Matrix:$table,
                       Optional<Transformer_Indices>:$types, Optional<Transformer_Matrix>:$type_table,
                       Optional<Transformer_BatchType>:$batch, Optional<Transformer_Matrix>:$position_table,
                       DefaultValuedAttr<F64Attr, "1.0">:$scale);
  let results = (outs Transformer_Rows:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$tokens, "::mlir::Value":$table,
                                 "::mlir::FloatAttr":$scale),
                            "build($_builder, $_state, type, tokens, table, {}, {}, {}, {}, scale);">];
  let assemblyFormat = [{
    $tokens `,` $table (`types` `(` $types^ `,` $type_table `)`)? (`positions` `(` $batch^ `,` $position_table `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
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

def Transformer_RmsNormOp : Transformer_PureOp<"rms_norm", [AttrSizedOperandSegments]> {
  let summary = "root-mean-square normalization of rows";
  let description = [{
    `result[r] = residual[r] + x / sqrt(mean(x^2) + epsilon) * (weight + weight_offset)`
    with `x = input[r]`, or `x = input[rows[r]]` when `rows` is given; without
    `residual` nothing is added. A weight with fewer elements than the input has
    columns, as of each head's queries, serves each group of that many columns,
    whose mean is its own. Computed in f32; the result's element type is what the
    consumer reads.

    Rules:
    - (C1) The input's columns are a multiple of the weight's elements; the result has as many columns.
    - (C2) `epsilon` is not negative, `weight_offset` is finite.
    - (C3) `residual` has the result's type.

    Example:
    ```mlir
    %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf16>) -> tensor<?x256xbf16>
    %m = transformer.rms_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf16>, tensor<?xi32>) -> tensor<?x256xbf16>
    %q = transformer.rms_norm %x, %head {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<64xf16>) -> tensor<?x256xf32>
    %y = transformer.rms_norm %x, %w residual %x0 {epsilon = 1.0e-05 : f64, weight_offset = 1.0 : f64}
        : (tensor<?x256xf32>, tensor<256xf16>, tensor<?x256xf32>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Vector:$weight,
                       Optional<Transformer_Indices>:$rows, Optional<Transformer_Rows>:$residual,
                       F64Attr:$epsilon, DefaultValuedAttr<F64Attr, "0.0">:$weight_offset);
  let results = (outs Transformer_Rows:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$input, "::mlir::Value":$weight,
                                 "::mlir::Value":$rows, "::mlir::FloatAttr":$epsilon),
                            [{build($_builder, $_state, type, input, weight, rows, {}, epsilon,
                                    $_builder.getF64FloatAttr(0.0));}]>];
  let assemblyFormat = [{
    $input `,` $weight (`rows` $rows^)? (`residual` $residual^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Transformer_LayerNormOp : Transformer_PureOp<"layer_norm", [AttrSizedOperandSegments]> {
  let summary = "normalization of rows to zero mean and unit variance";
  let description = [{
    `result[r] = (x - mean(x)) / sqrt(variance(x) + epsilon) * weight + bias`, in
    f32, with `x = input[r]`, or `x = input[rows[r]]` when `rows` is given.

    Rules:
    - (C1) Input, weight, bias and result have the same columns.
    - (C2) `epsilon` is not negative.

    Example:
    ```mlir
    %n = transformer.layer_norm %x, %w bias %b {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<?x256xf32>
    %m = transformer.layer_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64}
        : (tensor<?x256xf32>, tensor<256xf32>, tensor<?xi32>) -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Vector:$weight,
                       Optional<Transformer_Vector>:$bias, Optional<Transformer_Indices>:$rows,
                       F64Attr:$epsilon);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? (`rows` $rows^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Transformer_LinearOp : Transformer_PureOp<"linear", [AttrSizedOperandSegments]> {
  let summary = "multiplies rows by one or several weight matrices";
  let description = [{
    The sums are `input * concat(weights)^T`, each accumulated in f32, one part
    for each weight, side by side, plus the biases. Then the epilogue:
    - none: the result is the sums;
    - `soft_cap`: `soft_cap * tanh(sum / soft_cap)`;
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
    - (C6) `soft_cap` is positive and excludes activation and residual.

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
  let arguments = (ins Transformer_AnyRows:$input, Variadic<Transformer_Matrix>:$weights,
                       Variadic<Transformer_Vector>:$biases, Optional<Transformer_Rows>:$residual,
                       OptionalAttr<Transformer_ActivationAttr>:$activation, UnitAttr:$gated,
                       OptionalAttr<F64Attr>:$soft_cap);
  let results = (outs Transformer_Rows:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$input, "::mlir::ValueRange":$weights,
                                 "::mlir::ValueRange":$biases, "::mlir::Value":$residual,
                                 "::swage::transformer::ActivationAttr":$activation, CArg<"bool", "false">:$gated),
                            "build($_builder, $_state, type, input, weights, biases, residual, activation, gated, {});">];
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
    `result[r] = input[rows[r]] * weight^T + bias`, and with `soft_cap`
    `soft_cap * tanh(that / soft_cap)`.

    Rules:
    - (C1) The weight has the input's columns, and the result the weight's rows as columns; so many elements has a bias.
    - (C2) The result's element type is f32.
    - (C3) `soft_cap` is positive.

    Example:
    ```mlir
    %scores = transformer.logits %x, %rows, %table
        : (tensor<?x256xf32>, tensor<?xi32>, tensor<4096x256xf16>) -> tensor<?x4096xf32>
    %capped = transformer.logits %x, %rows, %table bias %b {soft_cap = 3.0e+01 : f64}
        : (tensor<?x256xf32>, tensor<?xi32>, tensor<4096x256xf16>, tensor<4096xf16>) -> tensor<?x4096xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_Indices:$rows, Transformer_Matrix:$weight,
                       Optional<Transformer_Vector>:$bias, OptionalAttr<F64Attr>:$soft_cap);
  let results = (outs Transformer_Rows:$result);
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$input, "::mlir::Value":$rows,
                                 "::mlir::Value":$weight),
                            "build($_builder, $_state, type, input, rows, weight, {}, {});">];
  let assemblyFormat = [{
    $input `,` $rows `,` $weight (`bias` $bias^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // SWAGE_DIALECTS_TRANSFORMER_ROW_OPS_TD
