//===- Phi3.cpp - Phi-3: fused projections, long rope ---------------------===//
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
  absent.maxPositions = 4096;
  DecoderConfig config = readDecoderConfig(reader, absent);
  config.rope = readRopeConfig(reader, config,
                               {.partialKey = "partial_rotary_factor",
                                .originalMaxPositions = 4096,
                                .olderLongrope = true});
  // Of no effect without longrope.
  reader.find("original_max_position_embeddings");
  std::optional<int64_t> window =
      reader.readOptionalSize("sliding_window", std::nullopt);
  readWindows(reader, config, window,
              [&](int64_t) { return window.has_value(); });
  return config;
}

static Value buildFusedAttention(ModelBuilder &b, Value x, int64_t layer) {
  ModelBuilder::Scope scope(b, "self_attn");
  const DecoderConfig &config = b.getConfig();
  int64_t queries = config.numHeads * config.headDim;
  int64_t keys = config.numKvHeads * config.headDim;
  auto part = [&](llvm::StringRef name, int64_t first, int64_t count) {
    return b.linear(
        x, name, false,
        {"qkv_proj", queries + 2 * keys, weights::View::slice(first, count)});
  };
  Value q = part("q_proj", 0, queries);
  Value k = part("k_proj", queries, keys);
  Value v = part("v_proj", queries + keys, keys);
  Value a = b.attention(b.rope(q, layer), b.rope(k, layer), v, layer);
  return b.linear(a, "o_proj", config.hiddenSize, false);
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  Value normed = b.rmsNorm(x, "input_layernorm");
  x = b.add(x, buildFusedAttention(b, normed, layer));
  normed = b.rmsNorm(x, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(x, b.gatedMlp(normed, false, "gate_up_proj"));
}

static Value buildForward(ModelBuilder &b) {
  return buildDecoder(b, buildLayer);
}

const Architecture kPhi3 = {"phi3", "Phi3ForCausalLM", readConfig,
                            buildForward};

} // namespace swage::import
