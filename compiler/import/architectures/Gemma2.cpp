//===- Gemma2.cpp - Gemma 2: soft caps, sandwich norms, every other window ===//
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
  DecoderConfig config = readGemmaConfig(reader);
  config.rope = readRopeConfig(reader, config);
  config.attentionSoftCap =
      reader.readOptionalNumber("attn_logit_softcapping", 50.0);
  config.logitsSoftCap =
      reader.readOptionalNumber("final_logit_softcapping", 30.0);
  readWindows(reader, config, reader.readSize("sliding_window", 4096),
              [](int64_t layer) { return layer % 2 == 0; });
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  return buildSandwichLayer(b, x, layer,
                            {.queryKeyValueBias = bias, .outputBias = bias});
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer, getGemmaEmbeddingScale(b.getConfig()));
}

const Architecture kGemma2 = {"gemma2", "Gemma2ForCausalLM", readConfig,
                              buildForward};

} // namespace swage::import
