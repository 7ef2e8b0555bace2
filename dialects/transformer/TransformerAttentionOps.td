//===- TransformerAttentionOps.td - Attention and its cache ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ATTENTION_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_ATTENTION_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_RopeOp : Transformer_Op<"rope", [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = "rotates the heads of each row by its position";
  let description = [{
    Rules:
    - (C1) Input and result have the same type.
    - (C2) The columns are a multiple of `head_dim`.
    - (C3) `rope` rotates at most `head_dim` channels.

    Example:
    ```mlir
    %r = transformer.rope %q, %batch {head_dim = 32 : i64, rope = #transformer.rope<dims = 32, theta = 1.0e+04>}
        : tensor<?x256xf32>
    ```
  }];
  let arguments = (ins Transformer_Rows:$input, Transformer_BatchType:$batch, I64Attr:$head_dim, Transformer_RopeAttr:$rope);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = "$input `,` $batch attr-dict `:` type($input)";
}

def Transformer_CacheAppendOp : Transformer_Op<"cache_append", [
    MemoryEffects<[MemWrite]>]> {
  let summary = "appends the rows' keys and values to the cache";
  let description = [{
    Rules:
    - (C1) Keys and values have `num_kv_heads * head_dim` columns of the cache's type.

    Example:
    ```mlir
    transformer.cache_append %k, %v, %batch, %cache
        : tensor<?x64xf32>, tensor<?x64xf32>, !transformer.cache<2 x 32 x f16>
    ```
  }];
  let arguments = (ins Transformer_Rows:$keys, Transformer_Rows:$values, Transformer_BatchType:$batch, Transformer_CacheType:$cache);
  let assemblyFormat = "$keys `,` $values `,` $batch `,` $cache attr-dict `:` type($keys) `,` type($values) `,` qualified(type($cache))";
}

def Transformer_AttentionOp : Transformer_Op<"attention", [
    AttrSizedOperandSegments, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "attention of each row over its sequence's cache";
  let description = [{
    A query in cache slot p sees slots 0..p of its sequence, the last `window`
    of them if there is a window; without `causal` it sees all slots of its
    sequence, those of later rows of the call included. Scores are
    `scale * q.k`, passed through `soft_cap * tanh(score / soft_cap)` if there is
    a cap. Query head h reads key/value head `h / (num_heads / num_kv_heads)`:
    GQA and MQA are this pair of numbers, never a broadcast.

    With `append(keys, values)` the rows' own keys and values are appended to
    the cache first; with `rope` queries and appended keys are rotated first.

    Rules:
    - (C1) Queries and result have `num_heads * head_dim` columns.
    - (C2) `num_heads` is a positive multiple of the cache's `num_kv_heads`; `head_dim` is the cache's.
    - (C3) Appended keys and values come together, with `num_kv_heads * head_dim` columns.
    - (C4) `window` and `soft_cap` are positive.
    - (C5) `rope` rotates at most `head_dim` channels and needs appended keys.
    - (C6) A window needs `causal`.

    Example:
    ```mlir
    %a = transformer.attention %q, %batch, %cache append(%k, %v)
        {num_heads = 8 : i64, scale = 0.17677669 : f64, rope = #transformer.rope<dims = 32, theta = 1.0e+04>}
        : (tensor<?x256xf32>, !transformer.batch, !transformer.cache<2 x 32 x f16>, tensor<?x64xf32>, tensor<?x64xf32>)
        -> tensor<?x256xbf16>
    ```
  }];
  let arguments = (ins Transformer_Rows:$queries, Transformer_BatchType:$batch, Transformer_CacheType:$cache,
                       Optional<Transformer_Rows>:$keys, Optional<Transformer_Rows>:$values,
                       I64Attr:$num_heads, F64Attr:$scale, OptionalAttr<F64Attr>:$soft_cap,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<Transformer_RopeAttr>:$rope,
                       DefaultValuedAttr<BoolAttr, "true">:$causal);
  let results = (outs Transformer_Rows:$result);
  let assemblyFormat = [{
    $queries `,` $batch `,` $cache (`append` `(` $keys^ `,` $values `)`)?
    attr-dict `:` functional-type(operands, results)
  }];
}

#endif // SWAGE_DIALECTS_TRANSFORMER_ATTENTION_OPS_TD
