//===- Qwen2Moe.cpp - Qwen2 with experts and one that all rows share ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/architectures/Blocks.h"

using namespace mlir;

namespace swage::import {

/// Every other layer slides, up to `max_window_layers`; without
/// `use_sliding_window` none does, and the window may be anything.
static void readAlternatingWindows(ConfigReader &reader,
                                   DecoderConfig &config) {
  std::optional<int64_t> window;
  if (reader.readFlag("use_sliding_window", false))
    window = reader.readOptionalSize("sliding_window", 4096);
  reader.find("sliding_window");
  int64_t end = reader.readSize("max_window_layers", 28);
  readWindows(reader, config, window, [&](int64_t layer) {
    return window && layer % 2 == 0 && layer < end;
  });
}

static DecoderConfig readConfig(ConfigReader &reader) {
  DecoderConfig absent;
  absent.numKvHeads = 16;
  absent.maxPositions = 32768;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("qkv_bias", true);
  readAlternatingWindows(reader, config);
  config.moe = readMoeConfig(reader, 60, 4);
  config.moe.intermediateSize = reader.readSize("moe_intermediate_size", 1408);
  config.moe.sharedSize =
      reader.readSize("shared_expert_intermediate_size", 5632);
  config.moe.normalize = reader.readFlag("norm_topk_prob", false);
  readMoeLayers(reader, config);
  return config;
}

/// The expert that all rows pass through, times the row's own gate.
static Value buildSharedExpert(ModelBuilder &b, Value x) {
  Value gate = b.linear(x, "shared_expert_gate", 1, /*bias=*/false);
  Value factors = b.activation(gate, transformer::Activation::Sigmoid);
  ModelBuilder::Scope expert(b, "shared_expert");
  Value y = b.gatedMlp(x, /*bias=*/false, "", b.getConfig().moe.sharedSize);
  return b.scaleRows(y, factors);
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  const DecoderConfig &config = b.getConfig();
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildAttention(b, normed, layer,
                              {.queryKeyValueBias = config.attentionBias}));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  if (!config.moe.layers[layer])
    return b.add(x, b.gatedMlp(normed, /*bias=*/false));
  x = b.add(x,
            b.moe(normed,
                  {.gate = "gate_proj", .up = "up_proj", .down = "down_proj"}));
  return b.add(x, buildSharedExpert(b, normed));
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kQwen2Moe = {"qwen2_moe", "Qwen2MoeForCausalLM", readConfig,
                                buildForward};

} // namespace swage::import
