//===- Olmoe.cpp - OLMoE: norms of whole rows, experts in each layer ------===//
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
  absent.maxPositions = 4096;
  absent.normEpsilon = 1e-5;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("attention_bias", false);
  config.moe = readMoeConfig(reader, 64, 8);
  config.moe.intermediateSize = config.intermediateSize;
  config.moe.normalize = reader.readFlag("norm_topk_prob", false);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildAttention(b, normed, layer,
                              {.queryKeyValueBias = bias,
                               .outputBias = bias,
                               .rowNorms = true}));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(
      x, b.moe(normed,
               {.gate = "gate_proj", .up = "up_proj", .down = "down_proj"}));
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kOlmoe = {"olmoe", "OlmoeForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
