//===- Blocks.cpp - What many architectures are made of -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Blocks.h"
#include <cmath>

using namespace mlir;
using swage::weights::View;

namespace swage::import {

Value buildLayers(ModelBuilder &b, Value x, llvm::StringRef name,
                  BuildLayer buildLayer) {
  ModelBuilder::Scope layers(b, name);
  for (int64_t layer = 0; layer < b.getConfig().numLayers; ++layer) {
    ModelBuilder::Scope scope(b, std::to_string(layer));
    b.beginLayer(layer);
    x = buildLayer(b, x, layer);
  }
  return x;
}

Value buildDecoder(ModelBuilder &b, BuildLayer buildLayer,
                   double embeddingScale) {
  Value x;
  {
    ModelBuilder::Scope model(b, "model");
    x = b.embedding("embed_tokens", embeddingScale);
    x = buildLayers(b, x, "layers", buildLayer);
    x = b.rmsNorm(x, "norm");
  }
  return b.logits(x, b.getConfig().tiedEmbeddings ? "model.embed_tokens"
                                                  : "lm_head");
}

Value buildAttention(ModelBuilder &b, Value x, int64_t layer,
                     const AttentionOptions &options) {
  ModelBuilder::Scope scope(b, "self_attn");
  const DecoderConfig &config = b.getConfig();
  bool bias = options.queryKeyValueBias;
  int64_t kvRows = config.numKvHeads * config.headDim;
  Value q = b.linear(x, "q_proj", config.numHeads * config.headDim, bias);
  Value k = b.linear(x, "k_proj", kvRows, bias);
  Value v = b.linear(x, "v_proj", kvRows, bias);
  if (options.headNorms || options.rowNorms) {
    int64_t group = options.headNorms ? config.headDim : 0;
    q = b.rmsNorm(q, "q_norm", group);
    k = b.rmsNorm(k, "k_norm", group);
  }
  Value a = b.attention(b.rope(q, layer), b.rope(k, layer), v, layer);
  return b.linear(a, "o_proj", config.hiddenSize, options.outputBias);
}

Value buildPreNormLayer(ModelBuilder &b, Value x, int64_t layer,
                        const AttentionOptions &options) {
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildAttention(b, normed, layer, options));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(x, b.gatedMlp(normed, b.getConfig().mlpBias));
}

Value buildSandwichLayer(ModelBuilder &b, Value x, int64_t layer,
                         const AttentionOptions &options) {
  Value normed = b.rmsNorm(x, "input_layernorm");
  Value a = buildAttention(b, normed, layer, options);
  x = b.rmsNorm(a, "post_attention_layernorm", 0, x);
  normed = b.rmsNorm(x, "pre_feedforward_layernorm");
  Value h;
  {
    ModelBuilder::Scope mlp(b, "mlp");
    h = b.gatedMlp(normed, false);
  }
  return b.rmsNorm(h, "post_feedforward_layernorm", 0, x);
}

void readLateWindows(ConfigReader &reader, DecoderConfig &config) {
  std::optional<int64_t> window =
      reader.readOptionalSize("sliding_window", 4096);
  int64_t first = reader.readSize("max_window_layers", 28);
  if (!reader.readFlag("use_sliding_window", false))
    window.reset();
  readWindows(reader, config, window,
              [&](int64_t layer) { return window && layer >= first; });
}

DecoderConfig readGemmaConfig(ConfigReader &reader) {
  DecoderConfig absent;
  absent.numKvHeads = 4;
  absent.headDim = 256;
  absent.maxPositions = 8192;
  absent.activation = transformer::Activation::GeluTanh;
  absent.tiedEmbeddings = true;
  DecoderConfig config =
      readDecoderConfig(reader, absent, {.activation = "hidden_activation"});
  // Older configs also have a key that the reference does not read.
  reader.find("hidden_act");
  config.normWeightOffset = 1.0;
  config.attentionBias = reader.readFlag("attention_bias", false);
  config.attentionScale =
      1.0 / std::sqrt(reader.readNumber("query_pre_attn_scalar", 256));
  return config;
}

double getGemmaEmbeddingScale(const DecoderConfig &config) {
  return std::sqrt(float(config.hiddenSize));
}

Value buildGroupedAttention(ModelBuilder &b, Value x, int64_t layer,
                            llvm::StringRef stored, llvm::StringRef output,
                            bool bias) {
  const DecoderConfig &config = b.getConfig();
  int64_t groups = config.numKvHeads, dim = config.headDim;
  int64_t queries = config.numHeads / groups * dim, stride = queries + 2 * dim;
  auto part = [&](llvm::StringRef name, int64_t first, int64_t count) {
    return b.linear(x, name, bias,
                    {stored, groups * stride,
                     View::interleaved(groups, stride, first, count)});
  };
  Value q = part("q_proj", 0, queries);
  Value k = part("k_proj", queries, dim);
  Value v = part("v_proj", queries + dim, dim);
  Value a = b.attention(b.rope(q, layer), b.rope(k, layer), v, layer);
  return b.linear(a, output, config.hiddenSize, bias);
}

Value buildMlp(ModelBuilder &b, Value x, llvm::StringRef up,
               llvm::StringRef down, bool bias) {
  const DecoderConfig &config = b.getConfig();
  Value h = b.linear(x, up, config.intermediateSize, bias);
  return b.linear(b.activation(h), down, config.hiddenSize, bias);
}

} // namespace swage::import
