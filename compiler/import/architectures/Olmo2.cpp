//===- Olmo2.cpp - OLMo 2: norms after the blocks and of whole rows -------===//
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
  absent.normEpsilon = 1e-5;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config);
  config.attentionBias = reader.readFlag("attention_bias", false);
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  Value a = buildAttention(
      b, x, layer,
      {.queryKeyValueBias = bias, .outputBias = bias, .rowNorms = true});
  x = b.rmsNorm(a, "post_attention_layernorm", 0, x);
  Value h;
  {
    ModelBuilder::Scope mlp(b, "mlp");
    h = b.gatedMlp(x, false);
  }
  return b.rmsNorm(h, "post_feedforward_layernorm", 0, x);
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kOlmo2 = {"olmo2", "Olmo2ForCausalLM", readConfig,
                             buildForward};

} // namespace swage::import
