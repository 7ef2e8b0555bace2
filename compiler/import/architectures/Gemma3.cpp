//===- Gemma3.cpp - Gemma 3: head norms, local and global rope ------------===//
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
  readRopeOfLayerTypes(reader, config, /*globalTheta=*/1e6,
                       /*localTheta=*/1e4);
  config.attentionSoftCap =
      reader.readOptionalNumber("attn_logit_softcapping", std::nullopt);
  config.logitsSoftCap =
      reader.readOptionalNumber("final_logit_softcapping", std::nullopt);
  // Newer configs spell the key with an underscore, beside `layer_types`.
  int64_t period = reader.readSize(
      "sliding_window_pattern", reader.readSize("_sliding_window_pattern", 6));
  readWindows(reader, config, reader.readSize("sliding_window", 4096),
              [&](int64_t layer) { return (layer + 1) % period != 0; });
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  bool bias = b.getConfig().attentionBias;
  return buildSandwichLayer(
      b, x, layer,
      {.queryKeyValueBias = bias, .outputBias = bias, .headNorms = true});
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer, getGemmaEmbeddingScale(b.getConfig()));
}

const Architecture kGemma3 = {"gemma3_text", "Gemma3ForCausalLM", readConfig,
                              buildForward};

} // namespace swage::import
