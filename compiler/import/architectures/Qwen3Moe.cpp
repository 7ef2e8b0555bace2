//===- Qwen3Moe.cpp - Qwen3 with mixtures of experts ----------------------===//
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
  absent.numKvHeads = 4;
  absent.maxPositions = 32768;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("attention_bias", false);
  std::optional<int64_t> window =
      reader.readOptionalSize("sliding_window", 4096);
  if (!reader.readFlag("use_sliding_window", false))
    window.reset();
  // In this family the window is that of all layers.
  reader.find("max_window_layers");
  readWindows(reader, config, window,
              [&](int64_t) { return window.has_value(); });
  config.moe = readMoeConfig(reader, 128, 8);
  config.moe.intermediateSize = reader.readSize("moe_intermediate_size", 768);
  config.moe.normalize = reader.readFlag("norm_topk_prob", false);
  readMoeLayers(reader, config);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  const DecoderConfig &config = b.getConfig();
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildAttention(b, normed, layer,
                              {.queryKeyValueBias = config.attentionBias,
                               .outputBias = config.attentionBias,
                               .headNorms = true}));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(x, config.moe.layers[layer]
                      ? b.moe(normed, {.gate = "gate_proj",
                                       .up = "up_proj",
                                       .down = "down_proj"})
                      : b.gatedMlp(normed, /*bias=*/false));
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kQwen3Moe = {"qwen3_moe", "Qwen3MoeForCausalLM", readConfig,
                                buildForward};

} // namespace swage::import
