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

static Activation readActivation(ConfigReader &reader, llvm::StringRef key,
                                 Activation whenAbsent) {
  if (!reader.find(key))
    return whenAbsent;
  std::string name = reader.readString(key, "silu");
  auto activation =
      llvm::StringSwitch<std::optional<Activation>>(name)
          .Cases({"silu", "swish"}, Activation::Silu)
          .Case("gelu", Activation::Gelu)
          .Cases({"gelu_new", "gelu_pytorch_tanh"}, Activation::GeluTanh)
          .Case("relu", Activation::Relu)
          .Default(std::nullopt);
  if (!activation)
    reader.error(key + ": found \"" + name +
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

static void readHeads(ConfigReader &reader, const DecoderKeys &keys,
                      DecoderConfig &config) {
  config.numHeads = reader.readSize(keys.numHeads);
  config.numKvHeads = reader.readSize(
      keys.numKvHeads, config.numKvHeads && !reader.has(keys.numKvHeads)
                           ? config.numKvHeads
                           : config.numHeads);
  if (config.numHeads % config.numKvHeads != 0)
    reader.shapeError(keys.numHeads + ": found " +
                      llvm::Twine(config.numHeads) +
                      ", expected a multiple of " + keys.numKvHeads +
                      ", which is " + llvm::Twine(config.numKvHeads));
  if (!config.headDim && !reader.find("head_dim") &&
      config.hiddenSize % config.numHeads != 0)
    reader.shapeError(
        keys.hiddenSize + ": found " + llvm::Twine(config.hiddenSize) +
        ", expected a multiple of " + keys.numHeads + ", which is " +
        llvm::Twine(config.numHeads) + ", as there is no head_dim");
  config.headDim = reader.readSize(
      "head_dim", config.headDim ? config.headDim
                                 : std::max<int64_t>(
                                       config.hiddenSize / config.numHeads, 1));
  if (config.numHeads * config.headDim > INT32_MAX)
    reader.shapeError(keys.numHeads + " and head_dim: found a product of " +
                      llvm::Twine(config.numHeads * config.headDim) +
                      ", expected at most 2147483647");
}

static int64_t readIntermediateSize(ConfigReader &reader,
                                    const DecoderKeys &keys,
                                    int64_t hiddenSize) {
  if (keys.intermediateFactor == 0)
    return reader.readSize(keys.intermediateSize);
  return reader.readSize(keys.intermediateSize,
                         keys.intermediateFactor * hiddenSize);
}

/// Reads `per_layer_config`, which gives numbers of layers what they do not
/// share with the others.
static void readLayers(ConfigReader &reader, const DecoderKeys &keys,
                       DecoderConfig &config) {
  const json *layers = reader.findObject("per_layer_config");
  if (!layers || layers->empty())
    return;
  config.layers.assign(config.numLayers, {config.numHeads, config.numKvHeads,
                                          config.intermediateSize});
  for (const auto &[number, own] : layers->items()) {
    std::string path = "per_layer_config." + number;
    uint64_t layer;
    if (llvm::StringRef(number).getAsInteger(10, layer) ||
        layer >= uint64_t(config.numLayers) || !own.is_object()) {
      reader.shapeError(path + ": found " + describeJson(own) +
                        ", expected an object for a layer from 0 to " +
                        llvm::Twine(config.numLayers - 1));
      continue;
    }
    ConfigReader nested = reader.nested(path, own);
    LayerConfig &sizes = config.layers[layer];
    sizes = {nested.readSize(keys.numHeads, sizes.numHeads),
             nested.readSize(keys.numKvHeads, sizes.numKvHeads),
             nested.readSize(keys.intermediateSize, sizes.intermediateSize)};
    if (sizes.numHeads % sizes.numKvHeads != 0)
      nested.shapeError(keys.numHeads + ": found " +
                        llvm::Twine(sizes.numHeads) +
                        ", expected a multiple of " + keys.numKvHeads +
                        ", which is " + llvm::Twine(sizes.numKvHeads));
    for (const auto &[key, value] : own.items())
      if (!nested.isRead(key))
        nested.shapeError(key + ": found " + describeJson(value) +
                          ", which is not supported; supported are " +
                          keys.numHeads + ", " + keys.numKvHeads + " and " +
                          keys.intermediateSize);
    if (!nested.hasShapes())
      reader.forgetShapes();
  }
}

MoeConfig readMoeConfig(ConfigReader &reader, int64_t numExperts,
                        int64_t topK) {
  MoeConfig moe;
  // Older and newer files of one family say one or the other.
  std::optional<ConfigReader::Statement> stated =
      reader.reconcile({{"num_local_experts", reader.find("num_local_experts")},
                        {"num_experts", reader.find("num_experts")}});
  moe.numExperts =
      stated ? reader.asSize(*stated).value_or(numExperts) : numExperts;
  moe.topK = reader.readSize("num_experts_per_tok", topK);
  if (moe.topK > moe.numExperts)
    reader.error("num_experts_per_tok: found " + llvm::Twine(moe.topK) +
                 ", expected at most the number of experts, " +
                 llvm::Twine(moe.numExperts));
  // Those that only training has a use for.
  for (llvm::StringRef key :
       {"output_router_logits", "router_aux_loss_coef", "router_jitter_noise"})
    reader.find(key);
  return moe;
}

void readMoeLayers(ConfigReader &reader, DecoderConfig &config) {
  int64_t step = reader.readSize("decoder_sparse_step", 1);
  for (int64_t layer = 0; layer < config.numLayers; ++layer)
    config.moe.layers.push_back((layer + 1) % step == 0);
  const json *dense = reader.find("mlp_only_layers");
  if (!dense)
    return;
  if (!dense->is_array())
    return reader.unexpected({"mlp_only_layers", dense}, "a list of layers");
  for (const json &layer : *dense) {
    if (!layer.is_number_unsigned())
      return reader.unexpected({"mlp_only_layers", dense},
                               "a list of the numbers of layers");
    if (layer.get<uint64_t>() < config.moe.layers.size())
      config.moe.layers[layer.get<uint64_t>()] = false;
  }
}

DecoderConfig readDecoderConfig(ConfigReader &reader, DecoderConfig config,
                                const DecoderKeys &keys) {
  config.vocabSize = reader.readSize("vocab_size");
  config.hiddenSize = reader.readSize(keys.hiddenSize);
  config.intermediateSize =
      readIntermediateSize(reader, keys, config.hiddenSize);
  config.numLayers = reader.readSize(keys.numLayers);
  if (config.numLayers > kMaxLayers) {
    reader.shapeError(keys.numLayers + ": found " +
                      llvm::Twine(config.numLayers) + ", expected at most " +
                      llvm::Twine(kMaxLayers));
    config.numLayers = 1;
  }
  config.windows.assign(config.numLayers, 0);
  readHeads(reader, keys, config);
  readLayers(reader, keys, config);
  config.maxPositions = reader.readSize(keys.maxPositions, config.maxPositions);
  config.activation =
      readActivation(reader, keys.activation, config.activation);
  config.normEpsilon = reader.readNumber(keys.normEpsilon, config.normEpsilon);
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

void readWindows(ConfigReader &reader, DecoderConfig &config,
                 std::optional<int64_t> window,
                 llvm::function_ref<bool(int64_t)> slides) {
  const json *types = reader.find("layer_types");
  if (types && (!types->is_array() || types->size() != config.windows.size())) {
    reader.unexpected({"layer_types", types},
                      "a list of " + llvm::Twine(config.windows.size()) +
                          " strings, one for each layer");
    return;
  }
  for (auto [layer, size] : llvm::enumerate(config.windows)) {
    bool sliding = slides(layer);
    if (types) {
      const json &type = (*types)[layer];
      sliding = type == "sliding_attention";
      if (!sliding && type != "full_attention")
        reader.unexpected({"layer_types[" + std::to_string(layer) + "]", &type},
                          "\"full_attention\" or \"sliding_attention\"");
    }
    if (sliding && !window) {
      reader.error("layer " + llvm::Twine(layer) +
                   " has sliding attention, but there is no sliding_window");
      return;
    }
    size = sliding ? *window : 0;
  }
}

void refuseUnsupportedKeys(ConfigReader &reader) {
  // Each with the value that means "not used"; null is that for all of them.
  static const std::pair<llvm::StringLiteral, json> kKeys[] = {
      {"sliding_window", nullptr},
      {"use_sliding_window", false},
      {"layer_types", nullptr},
      {"attention_chunk_size", nullptr},
      {"no_rope_layers", nullptr},
      {"attn_logit_softcapping", nullptr},
      {"final_logit_softcapping", nullptr},
      {"num_local_experts", nullptr},
      {"num_experts", nullptr},
      {"n_routed_experts", nullptr},
      {"partial_rotary_factor", 1.0},
      {"rotary_pct", 1.0},
      {"rope_local_base_freq", nullptr},
      {"alibi", false},
      {"position_embedding_type", "absolute"},
      {"use_qk_norm", false},
      {"qk_layernorm", false},
      {"clip_qkv", nullptr},
      {"attention_bias", false},
      {"mlp_bias", false},
      {"use_bias", false},
      {"use_parallel_residual", false},
      {"parallel_attn", false},
      {"use_bidirectional_attention", false},
      {"is_encoder_decoder", false},
      {"add_cross_attention", false},
      {"embedding_multiplier", 1.0},
      {"residual_multiplier", 1.0},
      {"attention_multiplier", 1.0},
      {"logits_scaling", 1.0},
      {"logit_scale", 1.0},
      {"query_pre_attn_scalar", nullptr}};
  for (const auto &[key, unused] : kKeys) {
    if (reader.isRead(key))
      continue;
    const json *value = reader.find(key);
    if (!value || *value == unused)
      continue;
    std::string message =
        key.str() + ": found " + describeJson(*value) +
        ", which is not supported; expected " +
        (unused.is_null() ? "no such key" : describeJson(unused));
    reader.error(message);
  }
}

llvm::ArrayRef<llvm::StringRef> getIgnoredKeys() {
  static const llvm::StringRef kKeys[] = {
      // Where it came from and how it was trained.
      "_name_or_path", "_from_model_config", "_commit_hash", "auto_map",
      "transformers_version", "initializer_range", "attention_dropout",
      "hidden_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop",
      "classifier_dropout", "pretraining_tp", "use_cache",
      "gradient_checkpointing",
      // Of other tasks than this one.
      "id2label", "label2id", "num_labels", "problem_type",
      "task_specific_params", "summary_activation", "summary_first_dropout",
      "summary_proj_to_labels", "summary_type", "summary_use_proj",
      "output_attentions", "output_hidden_states", "return_dict", "is_decoder",
      "chunk_size_feed_forward", "pruned_heads", "torchscript", "use_bfloat16",
      "pad_token_id", "sep_token_id", "decoder_start_token_id",
      "tokenizer_class", "finetuning_task",
      // How it is usually sampled.
      "max_length", "do_sample", "cache_implementation", "temperature", "top_k",
      "top_p"};
  return kKeys;
}

} // namespace swage::import
