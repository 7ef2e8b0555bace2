//===- Mixtral.cpp - Mixtral: Mistral with a mixture of experts -----------===//
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
  absent.numKvHeads = 8;
  absent.maxPositions = 131072;
  absent.normEpsilon = 1e-5;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config, {.theta = 1e6});
  std::optional<int64_t> window =
      reader.readOptionalSize("sliding_window", std::nullopt);
  readWindows(reader, config, window,
              [&](int64_t) { return window.has_value(); });
  config.moe = readMoeConfig(reader, 8, 2);
  config.moe.intermediateSize = config.intermediateSize;
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildAttention(b, normed, layer));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope moe(b, "block_sparse_moe");
  return b.add(x, b.moe(normed, {.gate = "w1", .up = "w3", .down = "w2"}));
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kMixtral = {"mixtral", "MixtralForCausalLM", readConfig,
                               buildForward};

} // namespace swage::import
