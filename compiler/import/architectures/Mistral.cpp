//===- Mistral.cpp - Mistral: Llama with a sliding window -----------------===//
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
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  std::optional<int64_t> window =
      reader.readOptionalSize("sliding_window", 4096);
  readWindows(reader, config, window,
              [&](int64_t) { return window.has_value(); });
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  return buildPreNormLayer(b, x, layer);
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kMistral = {"mistral", "MistralForCausalLM", readConfig,
                               buildForward};

} // namespace swage::import
