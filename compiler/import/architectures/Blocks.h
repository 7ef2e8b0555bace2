//===- Blocks.h - What many architectures are made of --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_ARCHITECTURES_BLOCKS_H
#define SWAGE_COMPILER_IMPORT_ARCHITECTURES_BLOCKS_H

#include "compiler/import/ModelBuilder.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace swage::import {

using BuildLayer = llvm::function_ref<mlir::Value(
    ModelBuilder &b, mlir::Value x, int64_t layer)>;

/// Builds all layers, in the module `name`; each is built in a module of its
/// own, called by its number.
mlir::Value buildLayers(ModelBuilder &b, mlir::Value x, llvm::StringRef name,
                        BuildLayer buildLayer);

/// A decoder in Llama's modules: `model.embed_tokens`, whose rows are scaled,
/// `model.layers`, `model.norm` and the head, which may be tied.
mlir::Value buildDecoder(ModelBuilder &b, BuildLayer buildLayer,
                         double embeddingScale = 1.0);

/// What is particular about a layer's attention in Llama's modules.
struct AttentionOptions {
  bool queryKeyValueBias = false, outputBias = false;
  /// Norms the queries and keys of each head for itself.
  bool headNorms = false;
  /// Norms all queries of a row together, and all keys.
  bool rowNorms = false;
};

/// `q_proj`, `k_proj`, `v_proj`, rope, attention and `o_proj`, in the module
/// `self_attn`.
mlir::Value buildAttention(ModelBuilder &b, mlir::Value x, int64_t layer,
                           const AttentionOptions &options = {});

/// A layer whose norms stand before attention and feed-forward network, as in
/// Llama.
mlir::Value buildPreNormLayer(ModelBuilder &b, mlir::Value x, int64_t layer,
                              const AttentionOptions &options = {});

/// A layer of Gemma 2 and 3, with norms before and after both.
mlir::Value buildSandwichLayer(ModelBuilder &b, mlir::Value x, int64_t layer,
                               const AttentionOptions &options = {});

/// Attention whose queries, keys and values come from the module `stored`,
/// which holds the query heads of a group, its key head and its value head, for
/// each group. `output` is the module of the output projection.
mlir::Value buildGroupedAttention(ModelBuilder &b, mlir::Value x, int64_t layer,
                                  llvm::StringRef stored,
                                  llvm::StringRef output, bool bias);

/// Reads `sliding_window`, which in Qwen's models has an effect only if
/// `use_sliding_window` is set, and from layer `max_window_layers` on.
void readLateWindows(ConfigReader &reader, DecoderConfig &config);

/// Reads what configs of Gemma 2 and 3 share.
DecoderConfig readGemmaConfig(ConfigReader &reader);

/// What Gemma multiplies embeddings with. The reference rounds it to the type
/// of its activations, which is f32 here.
double getGemmaEmbeddingScale(const DecoderConfig &config);

/// A feed-forward network of two linears.
mlir::Value buildMlp(ModelBuilder &b, mlir::Value x, llvm::StringRef up,
                     llvm::StringRef down, bool bias);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_ARCHITECTURES_BLOCKS_H
