//===- Llama.cpp - Llama: rms_norm, rope, grouped heads, gated MLP -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"

using namespace mlir;

namespace swage::import {

static void readConfig(ConfigReader &reader, DecoderConfig &config) {
  config.attentionBias = reader.readFlag("attention_bias", false);
  config.mlpBias = reader.readFlag("mlp_bias", false);
}

static Value buildAttention(ModelBuilder &b, Value x, int64_t layer) {
  const DecoderConfig &config = b.getConfig();
  int64_t queryRows = config.numHeads * config.headDim;
  int64_t kvRows = config.numKvHeads * config.headDim;
  bool bias = config.attentionBias;
  Value q = b.linear(x, "q_proj", queryRows, bias);
  Value k = b.linear(x, "k_proj", kvRows, bias);
  Value v = b.linear(x, "v_proj", kvRows, bias);
  Value a = b.attention(b.rope(q), b.rope(k), v, layer);
  return b.linear(a, "o_proj", config.hiddenSize, bias);
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  ModelBuilder::Scope scope(b, std::to_string(layer));
  Value normed = b.rmsNorm(x, "input_layernorm");
  {
    ModelBuilder::Scope attention(b, "self_attn");
    x = b.add(x, buildAttention(b, normed, layer));
  }
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(x, b.gatedMlp(normed, b.getConfig().mlpBias));
}

static Value buildForward(ModelBuilder &b) {
  Value x;
  {
    ModelBuilder::Scope model(b, "model");
    x = b.embedding("embed_tokens");
    {
      ModelBuilder::Scope layers(b, "layers");
      for (int64_t layer = 0; layer < b.getConfig().numLayers; ++layer)
        x = buildLayer(b, x, layer);
    }
    x = b.rmsNorm(x, "norm");
  }
  return b.logits(x, b.getConfig().tiedEmbeddings ? "model.embed_tokens"
                                                  : "lm_head");
}

const Architecture kLlama = {"llama", "LlamaForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
