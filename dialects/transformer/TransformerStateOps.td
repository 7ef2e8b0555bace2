//===- TransformerStateOps.td - Weights and caches ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_STATE_OPS_TD
#define SWAGE_DIALECTS_TRANSFORMER_STATE_OPS_TD

include "dialects/transformer/TransformerOpBase.td"

def Transformer_WeightOp : Transformer_Op<"weight", [Symbol]> {
  let summary = "declares a tensor of the checkpoint";
  let description = [{
    The symbol's name is the tensor's name in the source that the module's
    `transformer.model` attribute names. The values stay there.

    A checkpoint may store several weights in one tensor, or a weight with its
    rows in another order or transposed. Then `source` is the tensor's name and
    `view` says which of its rows make up the weight, and the symbol's name is
    the one that the weight has where it is stored by itself.

    Rules:
    - (C1) The type has a static shape of rank 1 or 2 without a zero dimension.
    - (C2) `source` and `view` come together, and the view has the type's rows.
    - (C3) Only a weight of rank 2 is transposed.

    Example:
    ```mlir
    transformer.weight @model.norm.weight : tensor<256xf16>
    transformer.weight @layers.0.k_proj.weight : tensor<64x256xf16>
        {source = "layers.0.qkv_proj.weight", view = #transformer.view<offset = 256, sizes = [64], strides = [1]>}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type,
                       OptionalAttr<StrAttr>:$sym_visibility, OptionalAttr<StrAttr>:$source,
                       OptionalAttr<Transformer_ViewAttr>:$view);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Transformer_GetWeightOp : Transformer_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "reads a weight";
  let description = [{
    Rules:
    - (C1) `weight` names a `transformer.weight` of the same type.

    Example:
    ```mlir
    %norm = transformer.get_weight @model.norm.weight : tensor<256xf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$weight `:` type($result) attr-dict";
  let hasVerifier = 0;
}

def Transformer_CacheOp : Transformer_Op<"cache", [Symbol]> {
  let summary = "declares the key/value cache of a layer";
  let description = [{
    Example:
    ```mlir
    transformer.cache @cache.0 : !transformer.cache<2 x 32 x f16>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Transformer_CacheType>:$type,
                       OptionalAttr<StrAttr>:$sym_visibility);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let hasVerifier = 0;
}

def Transformer_GetCacheOp : Transformer_Op<"get_cache", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "refers to a layer's cache";
  let description = [{
    Rules:
    - (C1) `cache` names a `transformer.cache` of the same type.

    Example:
    ```mlir
    %cache = transformer.get_cache @cache.0 : !transformer.cache<2 x 32 x f16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$cache);
  let results = (outs Transformer_CacheType:$result);
  let assemblyFormat = "$cache `:` qualified(type($result)) attr-dict";
  let hasVerifier = 0;
}

#endif // SWAGE_DIALECTS_TRANSFORMER_STATE_OPS_TD
