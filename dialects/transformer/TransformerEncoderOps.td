//===- TransformerEncoderOps.td - Operations of encoders ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ENCODER_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_ENCODER_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_FirstRowsOp : Transformer_Op<"first_rows", [Pure]> {
  let summary = "picks the first row of each sequence";
  let description = [{
    The result has a row for each sequence of the batch. Encoders pool their
    texts with it: the first token stands for the whole.

    Rules:
    - (C1) Input and result have the same columns.

    Example:
    ```mlir
    %first = transformer.first_rows %x, %batch : tensor<?x256xf32> -> tensor<?x256xbf16>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_BatchType:$batch);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $batch attr-dict `:` type($input) `->` type($result)";
}

#endif // SWAGE_DIALECTS_TRANSFORMER_ENCODER_OPS_TD
