//===- Gpt2.cpp - GPT-2: learned positions, transposed weights ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/architectures/Blocks.h"

using namespace mlir;

namespace swage::import {

static DecoderConfig readConfig(ConfigReader &reader) {
  DecoderConfig absent;
  absent.maxPositions = 1024;
  absent.activation = transformer::Activation::GeluTanh;
  absent.normEpsilon = 1e-5;
  absent.tiedEmbeddings = true;
  DecoderConfig config =
      readDecoderConfig(reader, absent,
                        {.hiddenSize = "n_embd",
                         .intermediateSize = "n_inner",
                         .intermediateFactor = 4,
                         .numLayers = "n_layer",
                         .numHeads = "n_head",
                         .maxPositions = "n_positions",
                         .activation = "activation_function",
                         .normEpsilon = "layer_norm_epsilon"});
  if (!reader.readFlag("scale_attn_weights", true))
    config.attentionScale = 1.0;
  config.scaleByLayer =
      reader.readFlag("scale_attn_by_inverse_layer_idx", false);
  // How the reference computes, not what.
  reader.readFlag("reorder_and_upcast_attn", false);
  reader.readSize("n_ctx", config.maxPositions);
  return config;
}

/// `first` rows on of a projection that is stored as [inputs, outputs].
static Value buildConv1D(ModelBuilder &b, Value x, llvm::StringRef name,
                         llvm::StringRef stored, int64_t rows, int64_t first,
                         int64_t count) {
  weights::View view = weights::View::slice(first, count);
  view.transposed = true;
  return b.linear(x, name, /*bias=*/true, {stored, rows, view});
}

static Value buildTransposedAttention(ModelBuilder &b, Value x, int64_t layer) {
  ModelBuilder::Scope scope(b, "attn");
  int64_t size = b.getConfig().hiddenSize;
  auto part = [&](llvm::StringRef name, int64_t place) {
    return buildConv1D(b, x, name, "c_attn", 3 * size, place * size, size);
  };
  Value q = part("q_proj", 0), k = part("k_proj", 1), v = part("v_proj", 2);
  Value a = b.attention(q, k, v, layer);
  return buildConv1D(b, a, "o_proj", "c_proj", size, 0, size);
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  x = b.add(x, buildTransposedAttention(b, b.layerNorm(x, "ln_1"), layer));
  Value normed = b.layerNorm(x, "ln_2");
  ModelBuilder::Scope mlp(b, "mlp");
  int64_t outer = b.getConfig().hiddenSize;
  int64_t inner = b.getConfig().intermediateSize;
  Value h = buildConv1D(b, normed, "up_proj", "c_fc", inner, 0, inner);
  h = b.activation(h);
  return b.add(x, buildConv1D(b, h, "down_proj", "c_proj", outer, 0, outer));
}

static Value buildForward(ModelBuilder &b) {
  // The first checkpoints were saved without their outermost module.
  std::string module = b.hasTensor("wte.weight") ? "" : "transformer";
  std::string table = module.empty() ? "wte" : "transformer.wte";
  Value x;
  {
    ModelBuilder::Scope model(b, module);
    x = b.embedding("wte", /*scale=*/1.0, /*positions=*/"wpe");
    x = buildLayers(b, x, "h", buildLayer);
    x = b.layerNorm(x, "ln_f");
  }
  return b.logits(x, b.getConfig().tiedEmbeddings ? table : "lm_head");
}

const Architecture kGpt2 = {"gpt2", "GPT2LMHeadModel", readConfig,
                            buildForward};

} // namespace swage::import
