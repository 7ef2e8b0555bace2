//===- Llama.cpp - Llama: rms_norm, rope, grouped heads, gated MLP --------===//
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
  DecoderConfig config = readDecoderConfig(reader);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("attention_bias", false);
  config.mlpBias = reader.readFlag("mlp_bias", false);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  return buildPreNormLayer(b, x, layer,
                           {.queryKeyValueBias = bias, .outputBias = bias});
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kLlama = {"llama", "LlamaForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
