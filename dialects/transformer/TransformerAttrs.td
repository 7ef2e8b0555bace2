//===- TransformerAttrs.td - Attributes and types of models ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_ATTRS_TD
#define SWAGE_DIALECTS_TRANSFORMER_ATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "dialects/transformer/TransformerDialect.td"

class Transformer_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Transformer_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Transformer_Type<string name, string typeMnemonic>
    : TypeDef<Transformer_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Transformer_Activation : I32EnumAttr<"Activation", "elementwise function of a feed-forward network", [
    I32EnumAttrCase<"Silu", 0, "silu">,
    I32EnumAttrCase<"Gelu", 1, "gelu">,
    I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
    I32EnumAttrCase<"Relu", 3, "relu">,
    I32EnumAttrCase<"Tanh", 4, "tanh">,
    I32EnumAttrCase<"Sigmoid", 5, "sigmoid">]> {
  let cppNamespace = "::swage::transformer";
  let genSpecializedAttr = 0;
}
def Transformer_ActivationAttr : EnumAttr<Transformer_Dialect, Transformer_Activation, "function">;

def Transformer_RopeScaling : I32EnumAttr<"RopeScaling", "how rotary frequencies are stretched beyond the trained length", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"Linear", 1, "linear">,
    I32EnumAttrCase<"Llama3", 2, "llama3">,
    I32EnumAttrCase<"Dynamic", 3, "dynamic">,
    I32EnumAttrCase<"Yarn", 4, "yarn">,
    I32EnumAttrCase<"Longrope", 5, "longrope">]> {
  let cppNamespace = "::swage::transformer";
  let genSpecializedAttr = 0;
}
def Transformer_RopeScalingAttr : EnumAttr<Transformer_Dialect, Transformer_RopeScaling, "scaling">;

def Transformer_RopeAttr : Transformer_Attr<"Rope", "rope"> {
  let summary = "rotary position embedding of one layer";
  let description = [{
    The first `dims` channels of each head are rotated in pairs
    `(i, i + dims/2)`, pair i by the angle `position * f(theta^(-2i/dims))`, and
    scaled by `attention_factor`. The function f is, by `scaling`,
    - `none`: the identity;
    - `linear`: a division by `factor`;
    - `llama3`: a mixture of these two that depends on how many turns a pair
      makes within `original_max_positions`: the division below
      `low_freq_factor` turns, the identity above `high_freq_factor`;
    - `yarn`: a mixture of them that depends on the pair's number: the identity
      up to the pair that makes `beta_fast` turns, the division from the one
      that makes `beta_slow` on; with `truncate` these two numbers are rounded;
    - `dynamic`: `theta` grows with the sequence's length L beyond
      `original_max_positions` M, by `(factor * L / M - factor + 1)^(dims / (dims - 2))`;
    - `longrope`: a division by the pair's element of `short_factors`, or of
      `long_factors` in sequences longer than `original_max_positions`.

    Where the length of the sequence matters, `lengths` divides sequences into
    classes: all of those longer than one element and at most as long as the
    next are rotated as if they had that next length. The last element is the
    longest sequence of the model.

    Rules:
    - (C1) `dims` is positive and even.
    - (C2) `theta` and `attention_factor` are positive and finite.
    - (C3) `factor` is positive; it is 1 with `none` and `longrope`.
    - (C4) `llama3` needs `high_freq_factor > low_freq_factor > 0`.
    - (C5) `yarn` needs `beta_fast >= beta_slow > 0`; only there is `truncate` false.
    - (C6) `longrope` needs `dims / 2` positive `short_factors` and as many `long_factors`.
    - (C7) `dynamic` needs more than 2 dims.
    - (C8) `original_max_positions` is positive with all but `none` and
      `linear`; parameters that a scaling does not have are at their defaults.
    - (C9) `lengths` are positive and ascend; `dynamic` and `longrope` need them.

    Example:
    ```mlir
    #transformer.rope<dims = 64, theta = 5.0e+05, scaling = llama3, factor = 8.0,
                      low_freq_factor = 1.0, high_freq_factor = 4.0,
                      original_max_positions = 8192>
    ```
  }];
  let parameters = (ins
    "int64_t":$dims,
    "::llvm::APFloat":$theta,
    DefaultValuedParameter<"::swage::transformer::RopeScaling", "::swage::transformer::RopeScaling::None">:$scaling,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(1.0)">:$factor,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)">:$low_freq_factor,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)">:$high_freq_factor,
    DefaultValuedParameter<"int64_t", "0">:$original_max_positions,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(1.0)">:$attention_factor,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)">:$beta_fast,
    DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)">:$beta_slow,
    DefaultValuedParameter<"bool", "true">:$truncate,
    OptionalParameter<"::mlir::DenseF64ArrayAttr">:$short_factors,
    OptionalParameter<"::mlir::DenseF64ArrayAttr">:$long_factors,
    OptionalArrayRefParameter<"int64_t">:$lengths);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Classes of sequences that are rotated differently; at least 1.
    int64_t getNumLengthClasses() const {
      return std::max<int64_t>(getLengths().size(), 1);
    }
    /// The same with other lengths.
    RopeAttr withLengths(::llvm::ArrayRef<int64_t> lengths) const;
  }];
}

def Transformer_ModelAttr : Transformer_Attr<"Model", "model"> {
  let summary = "what is true of a model as a whole";
  let description = [{
    Carried by the module as `transformer.model`. `source` is the folder or file
    that weight symbols refer to; `bos` is -1 where there is none.

    Rules:
    - (C1) `vocab_size` and `max_positions` are positive.
    - (C2) `bos` is a token or -1; `eos` holds tokens.
    - (C3) `token_types`, how many types tokens may have, is not negative.

    Example:
    ```mlir
    #transformer.model<architecture = "llama", source = "models/tiny", vocab_size = 4096,
                       max_positions = 1024, bos = 0, eos = [1]>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"for example llama">:$architecture,
    StringRefParameter<"path of the model">:$source,
    "int64_t":$vocab_size,
    "int64_t":$max_positions,
    "int64_t":$bos,
    OptionalArrayRefParameter<"int64_t">:$eos,
    DefaultValuedParameter<"int64_t", "0">:$token_types);
  let builders = [AttrBuilder<(ins "::llvm::StringRef":$architecture, "::llvm::StringRef":$source,
                                   "int64_t":$vocab_size, "int64_t":$max_positions, "int64_t":$bos,
                                   "::llvm::ArrayRef<int64_t>":$eos),
                              "return $_get($_ctxt, architecture, source, vocab_size, max_positions, bos, eos, 0);">];
  let assemblyFormat = [{
    `<` `architecture` `=` $architecture `,` `source` `=` $source `,` `vocab_size` `=` $vocab_size `,`
    `max_positions` `=` $max_positions `,` `bos` `=` $bos `,` `eos` `=` `[` (`]`) : ($eos^ `]`)?
    (`,` `token_types` `=` $token_types^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Transformer_ViewAttr : Transformer_Attr<"View", "view"> {
  let summary = "which rows of a stored tensor make up a weight";
  let description = [{
    The rows of a tensor are all its dimensions but the last, flattened; those
    of a vector are its elements. Row i of the weight is row
    `offset + sum(digit[d] * strides[d])` of the tensor, where the digits are
    those of i in the mixed radix of `sizes`, the last one running fastest. With
    `transposed` the tensor is a matrix whose columns are taken as its rows.

    Rules:
    - (C1) There is at least one size, and a stride for each.
    - (C2) `offset` is not negative; sizes and strides are positive.

    Example, the keys of a projection that stores 16 channels each of query, key
    and value for one of 4 heads after the other:
    ```mlir
    #transformer.view<offset = 16, sizes = [4, 16], strides = [48, 1]>
    ```
  }];
  let parameters = (ins
    "int64_t":$offset,
    ArrayRefParameter<"int64_t">:$sizes,
    ArrayRefParameter<"int64_t">:$strides,
    DefaultValuedParameter<"bool", "false">:$transposed);
  let assemblyFormat = [{
    `<` `offset` `=` $offset `,` `sizes` `=` `[` $sizes `]` `,` `strides` `=` `[` $strides `]`
    custom<Transposed>($transposed) `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The product of the sizes, or none beyond the largest integer.
    std::optional<int64_t> getNumRows() const;
  }];
}

def Transformer_BatchType : Transformer_Type<"Batch", "batch"> {
  let summary = "how the rows of a call divide into sequences";
  let description = [{
    For each sequence of the call: its rows, the length of its past, and its
    cache pages; for each row: its position. All of it is known at run time only.
  }];
}

def Transformer_CacheType : Transformer_Type<"Cache", "cache"> {
  let summary = "keys and values of one layer";
  let description = [{
    A handle to the pages that hold a layer's keys and values, for
    `num_kv_heads` heads of `head_dim` channels, stored as `element`. Integers
    and f8E4M3FN are codes, which stand for numbers together with scales that
    the target keeps in the pages. In options these types are called f32, f16,
    bf16, fp8, int8 and int4.

    Rules:
    - (C1) `num_kv_heads` and `head_dim` are positive.
    - (C2) `element` is f32, f16, bf16, f8E4M3FN, i8 or i4.

    Example: `!transformer.cache<8 x 64 x f16>`
  }];
  let parameters = (ins "int64_t":$num_kv_heads, "int64_t":$head_dim, "::mlir::Type":$element);
  let assemblyFormat = "`<` $num_kv_heads `x` $head_dim `x` $element `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What options call the element types that caches may have.
    static ::llvm::ArrayRef<::llvm::StringRef> getElementNames();
    /// The element type of that name, or none.
    static ::mlir::Type getElementOf(::mlir::MLIRContext *context, ::llvm::StringRef name);
    /// What options call such an element type; empty if caches cannot have it.
    static ::llvm::StringRef getNameOf(::mlir::Type element);
  }];
}

#endif // SWAGE_DIALECTS_TRANSFORMER_ATTRS_TD
