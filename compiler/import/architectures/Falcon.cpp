//===- Falcon.cpp - Falcon: few key/value heads, parallel attention -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/architectures/Blocks.h"

using namespace mlir;

namespace swage::import {

/// The key/value heads, which older configs state by what they are not.
static void readHeads(ConfigReader &reader, DecoderConfig &config,
                      bool newDecoder) {
  if (reader.readFlag("multi_query", true) && !newDecoder)
    config.numKvHeads = 1;
  else if (!newDecoder && config.numKvHeads != config.numHeads)
    reader.shapeError("num_kv_heads: found " + llvm::Twine(config.numKvHeads) +
                      ", expected " + llvm::Twine(config.numHeads) +
                      ", as num_attention_heads is, without multi_query and "
                      "new_decoder_architecture");
}

static DecoderConfig readConfig(ConfigReader &reader) {
  DecoderConfig absent;
  absent.activation = transformer::Activation::Gelu;
  absent.normEpsilon = 1e-5;
  absent.tiedEmbeddings = true;
  DecoderConfig config =
      readDecoderConfig(reader, absent,
                        {.intermediateSize = "ffn_hidden_size",
                         .intermediateFactor = 4,
                         .numKvHeads = "num_kv_heads",
                         .activation = "activation",
                         .normEpsilon = "layer_norm_epsilon"});
  config.rope = readRopeConfig(reader, config);
  bool newDecoder = reader.readFlag("new_decoder_architecture", false);
  readHeads(reader, config, newDecoder);
  config.attentionBias = config.mlpBias = reader.readFlag("bias", false);
  config.parallelResidual = reader.readFlag("parallel_attn", true);
  if (newDecoder && !config.parallelResidual)
    reader.error("parallel_attn: found false, expected true with "
                 "new_decoder_architecture");
  config.numParallelNorms = reader.readSize("num_ln_in_parallel_attn", 2);
  if (!newDecoder)
    config.numParallelNorms = 1;
  else if (config.numParallelNorms > 2)
    reader.error("num_ln_in_parallel_attn: found " +
                 llvm::Twine(config.numParallelNorms) + ", expected 1 or 2");
  return config;
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  const DecoderConfig &config = b.getConfig();
  bool two = config.numParallelNorms == 2;
  Value normed = b.layerNorm(x, two ? "ln_attn" : "input_layernorm");
  Value h = two ? b.layerNorm(x, "ln_mlp") : normed;
  Value a;
  {
    ModelBuilder::Scope scope(b, "self_attention");
    a = buildGroupedAttention(b, normed, layer, "query_key_value", "dense",
                              config.attentionBias);
  }
  Value sum = b.add(x, a);
  if (!config.parallelResidual)
    h = b.layerNorm(sum, "post_attention_layernorm");
  ModelBuilder::Scope mlp(b, "mlp");
  return b.add(
      sum, buildMlp(b, h, "dense_h_to_4h", "dense_4h_to_h", config.mlpBias));
}

static Value buildForward(ModelBuilder &b) {
  Value x;
  {
    ModelBuilder::Scope model(b, "transformer");
    x = b.embedding("word_embeddings");
    x = buildLayers(b, x, "h", buildLayer);
    x = b.layerNorm(x, "ln_f");
  }
  return b.logits(x, b.getConfig().tiedEmbeddings
                         ? "transformer.word_embeddings"
                         : "lm_head");
}

const Architecture kFalcon = {"falcon", "FalconForCausalLM", readConfig,
                              buildForward};

} // namespace swage::import
