//===- DecoderConfig.cpp - What a config says of a decoder ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/huggingface/DecoderConfig.h"
#include "compiler/import/Json.h"
#include "llvm/ADT/StringSwitch.h"

using nlohmann::json;
using swage::transformer::Activation;
using swage::weights::Dtype;

namespace swage::import {

/// Far above any model; bounds the work that a damaged file can cause.
static constexpr int64_t kMaxLayers = 10'000;

static Activation readActivation(ConfigReader &reader) {
  std::string name = reader.readString("hidden_act", "silu");
  auto activation =
      llvm::StringSwitch<std::optional<Activation>>(name)
          .Cases({"silu", "swish"}, Activation::Silu)
          .Case("gelu", Activation::Gelu)
          .Cases({"gelu_new", "gelu_pytorch_tanh"}, Activation::GeluTanh)
          .Case("relu", Activation::Relu)
          .Default(std::nullopt);
  if (!activation)
    reader.error("hidden_act: found \"" + name +
                 "\", supported are silu, swish, gelu, gelu_new, "
                 "gelu_pytorch_tanh and relu");
  return activation.value_or(Activation::Silu);
}

static Dtype readDtype(ConfigReader &reader) {
  auto stated = reader.reconcile({{"dtype", reader.find("dtype")},
                                  {"torch_dtype", reader.find("torch_dtype")}});
  std::optional<std::string> name;
  if (stated)
    name = reader.asString(*stated);
  if (!name)
    return Dtype::F32;
  auto dtype = llvm::StringSwitch<std::optional<Dtype>>(*name)
                   .Cases({"float32", "float"}, Dtype::F32)
                   .Cases({"float16", "half"}, Dtype::F16)
                   .Case("bfloat16", Dtype::BF16)
                   .Default(std::nullopt);
  if (!dtype)
    reader.error(stated->path + ": found \"" + *name +
                 "\", supported are float32, float16 and bfloat16");
  return dtype.value_or(Dtype::F32);
}

static void readHeads(ConfigReader &reader, DecoderConfig &config) {
  config.numHeads = reader.readSize("num_attention_heads");
  config.numKvHeads = reader.readSize("num_key_value_heads", config.numHeads);
  if (config.numHeads % config.numKvHeads != 0)
    reader.error("num_attention_heads: found " + llvm::Twine(config.numHeads) +
                 ", expected a multiple of num_key_value_heads, which is " +
                 llvm::Twine(config.numKvHeads));
  if (!reader.find("head_dim") && config.hiddenSize % config.numHeads != 0)
    reader.error("hidden_size: found " + llvm::Twine(config.hiddenSize) +
                 ", expected a multiple of num_attention_heads, which is " +
                 llvm::Twine(config.numHeads) + ", as there is no head_dim");
  config.headDim = reader.readSize(
      "head_dim", std::max<int64_t>(config.hiddenSize / config.numHeads, 1));
  if (config.numHeads * config.headDim > INT32_MAX)
    reader.error("num_attention_heads and head_dim: found a product of " +
                 llvm::Twine(config.numHeads * config.headDim) +
                 ", expected at most 2147483647");
  if (config.headDim % 2 != 0)
    reader.error("head_dim: found " + llvm::Twine(config.headDim) +
                 ", expected an even number, as rope rotates pairs");
}

DecoderConfig readDecoderConfig(ConfigReader &reader) {
  DecoderConfig config;
  config.vocabSize = reader.readSize("vocab_size");
  config.hiddenSize = reader.readSize("hidden_size");
  config.intermediateSize = reader.readSize("intermediate_size");
  config.numLayers = reader.readSize("num_hidden_layers");
  if (config.numLayers > kMaxLayers)
    reader.error("num_hidden_layers: found " + llvm::Twine(config.numLayers) +
                 ", expected at most " + llvm::Twine(kMaxLayers));
  readHeads(reader, config);
  config.maxPositions =
      reader.readSize("max_position_embeddings", config.maxPositions);
  config.activation = readActivation(reader);
  config.normEpsilon = reader.readNumber("rms_norm_eps", config.normEpsilon);
  config.rope = readRopeConfig(reader);
  config.tiedEmbeddings =
      reader.readFlag("tie_word_embeddings", config.tiedEmbeddings);
  config.dtype = readDtype(reader);
  std::vector<int64_t> bos =
      reader.readTokens("bos_token_id", config.vocabSize, {});
  if (!bos.empty())
    config.bos = bos.front();
  config.eos = reader.readTokens("eos_token_id", config.vocabSize, {});
  return config;
}

void refuseUnsupportedKeys(ConfigReader &reader) {
  // Each with the values that mean "not used".
  static const std::pair<llvm::StringLiteral, json> kKeys[] = {
      {"quantization_config", nullptr},
      {"sliding_window", nullptr},
      {"attn_logit_softcapping", nullptr},
      {"final_logit_softcapping", nullptr},
      {"num_local_experts", nullptr},
      {"num_experts", nullptr},
      {"partial_rotary_factor", 1.0},
      {"use_qk_norm", false},
      {"is_encoder_decoder", false},
      {"add_cross_attention", false},
      {"embedding_multiplier", 1.0},
      {"residual_multiplier", 1.0},
      {"logits_scaling", 1.0},
      {"query_pre_attn_scalar", nullptr}};
  for (const auto &[key, unused] : kKeys) {
    const json *value = reader.find(key);
    if (value && *value != unused)
      reader.error(key + ": found " + describeJson(*value) +
                   ", which is not supported; expected " +
                   (unused.is_null() ? "no such key" : describeJson(unused)));
  }
}

llvm::ArrayRef<llvm::StringRef> getIgnoredKeys() {
  static const llvm::StringRef kKeys[] = {
      // Where it came from and how it was trained.
      "_name_or_path", "_from_model_config", "_commit_hash", "auto_map",
      "transformers_version", "initializer_range", "attention_dropout",
      "hidden_dropout", "pretraining_tp", "use_cache", "gradient_checkpointing",
      // Of other tasks than this one.
      "id2label", "label2id", "num_labels", "problem_type",
      "task_specific_params", "output_attentions", "output_hidden_states",
      "return_dict", "is_decoder", "chunk_size_feed_forward", "pruned_heads",
      "torchscript", "use_bfloat16", "pad_token_id", "sep_token_id",
      "decoder_start_token_id", "tokenizer_class", "finetuning_task",
      // How it is usually sampled.
      "max_length", "do_sample", "temperature", "top_k", "top_p"};
  return kKeys;
}

} // namespace swage::import
