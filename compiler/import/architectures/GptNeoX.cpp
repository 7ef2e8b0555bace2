//===- GptNeoX.cpp - GPT-NeoX: parallel residual, fused heads -------------===//
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
  absent.activation = transformer::Activation::Gelu;
  absent.normEpsilon = 1e-5;
  DecoderConfig config =
      readDecoderConfig(reader, absent, {.normEpsilon = "layer_norm_eps"});
  if (config.numKvHeads != config.numHeads)
    reader.error("num_key_value_heads: found " +
                 llvm::Twine(config.numKvHeads) + ", expected " +
                 llvm::Twine(config.numHeads) + ", as num_attention_heads is");
  config.rope = readRopeConfig(reader, config,
                               {.olderTheta = "rotary_emb_base",
                                .partialFactor = 0.25,
                                .partialKey = "rotary_pct"});
  config.attentionBias = reader.readFlag("attention_bias", true);
  config.parallelResidual = reader.readFlag("use_parallel_residual", true);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  const DecoderConfig &config = b.getConfig();
  Value a = b.layerNorm(x, "input_layernorm");
  {
    ModelBuilder::Scope scope(b, "attention");
    a = buildGroupedAttention(b, a, layer, "query_key_value", "dense",
                              config.attentionBias);
  }
  Value sum = b.add(x, a);
  Value h = b.layerNorm(config.parallelResidual ? x : sum,
                        "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(sum, buildMlp(b, h, "dense_h_to_4h", "dense_4h_to_h", true));
}

static Value buildForward(ModelBuilder &b) {
  Value x;
  {
    ModelBuilder::Scope model(b, "gpt_neox");
    x = b.embedding("embed_in");
    x = buildLayers(b, x, "layers", buildLayer);
    x = b.layerNorm(x, "final_layer_norm");
  }
  return b.logits(x, b.getConfig().tiedEmbeddings ? "gpt_neox.embed_in"
                                                  : "embed_out");
}

const Architecture kGptNeoX = {"gpt_neox", "GPTNeoXForCausalLM", readConfig,
                               buildForward};

} // namespace swage::import
