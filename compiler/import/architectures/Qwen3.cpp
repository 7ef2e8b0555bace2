//===- Qwen3.cpp - Qwen3: Llama with norms of each head -------------------===//
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
  absent.headDim = 128;
  absent.maxPositions = 32768;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("attention_bias", false);
  readLateWindows(reader, config);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  return buildPreNormLayer(
      b, x, layer,
      {.queryKeyValueBias = bias, .outputBias = bias, .headNorms = true});
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kQwen3 = {"qwen3", "Qwen3ForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
