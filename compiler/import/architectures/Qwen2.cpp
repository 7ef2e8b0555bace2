//===- Qwen2.cpp - Qwen2: Llama with biases on q, k and v -----------------===//
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
  absent.numKvHeads = 32;
  absent.maxPositions = 32768;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  readLateWindows(reader, config);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  return buildPreNormLayer(b, x, layer, {.queryKeyValueBias = true});
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kQwen2 = {"qwen2", "Qwen2ForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
