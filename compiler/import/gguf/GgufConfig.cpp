//===- GgufConfig.cpp - GGUF metadata as a config.json -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/gguf/GgufKeys.h"
#include "compiler/import/gguf/GgufNames.h"
#include "compiler/import/gguf/GgufRope.h"
#include <cmath>

using nlohmann::json;

namespace swage::import {

namespace {

/// Writes the config of one file.
class ConfigWriter {
public:
  ConfigWriter(const GgufFile &file, const GgufNames &names, Problems &problems)
      : file(file), problems(problems), names(names),
        keys(file, names.architecture.str() + ".", problems) {}

  json write() {
    config["model_type"] = names.modelType.str();
    writeTokens();
    writeSizes();
    writeRope();
    using Writer = void (ConfigWriter::*)();
    static const std::pair<llvm::StringLiteral, Writer> kWriters[] = {
        {"llama", &ConfigWriter::writeLlama},
        {"mistral", &ConfigWriter::writeMistral},
        {"mixtral", &ConfigWriter::writeMixtral},
        {"qwen2", &ConfigWriter::writeGated},
        {"qwen3", &ConfigWriter::writeLlama},
        {"qwen3_moe", &ConfigWriter::writeQwen3Moe},
        {"gemma2", &ConfigWriter::writeGemma2},
        {"gemma3_text", &ConfigWriter::writeGemma3},
        {"phi3", &ConfigWriter::writePhi3},
        {"gpt2", &ConfigWriter::writeGpt2},
        {"gpt_neox", &ConfigWriter::writeGptNeox},
        {"falcon", &ConfigWriter::writeFalcon},
        {"olmo2", &ConfigWriter::writeLlama},
        {"bert", &ConfigWriter::writeBert}};
    for (const auto &[type, writer] : kWriters)
      if (type == names.modelType)
        (this->*writer)();
    // What no writer has read, and would change what is computed.
    for (const auto &[key, unused] :
         {std::pair("expert_count", 0), std::pair("expert_shared_count", 0),
          std::pair("attention.sliding_window", 0)})
      if (const json *value = keys.findUnread(key); value && *value != unused)
        keys.unexpected(key, *value, "0 in this architecture");
    keys.warnUnread(kIgnoredKeys);
    return std::move(config);
  }

private:
  // ---- What is particular about an architecture -----------------------------

  void writeLlama() {
    writeGated();
    config["attention_bias"] = hasTensor("blk.0.attn_q.bias");
    if (names.modelType == "llama")
      config["mlp_bias"] = hasTensor("blk.0.ffn_up.bias");
  }

  void writeMistral() {
    writeGated();
    writeWindow();
  }

  void writeMixtral() {
    writeGated();
    writeWindow();
    writeExperts();
  }

  void writeQwen3Moe() {
    writeLlama();
    writeExperts();
    if (auto size = keys.size("expert_feed_forward_length"))
      config["moe_intermediate_size"] = *size;
    config["norm_topk_prob"] = keys.flag("expert_weights_norm").value_or(true);
    // Layers without a router are dense.
    json dense = json::array();
    for (int64_t i = 0; i < getNumLayers(); ++i)
      if (!hasTensor("blk." + std::to_string(i) + ".ffn_gate_inp.weight"))
        dense.push_back(i);
    config["mlp_only_layers"] = std::move(dense);
  }

  void writePhi3() {
    writeGated();
    if (auto positions = keys.size("rope.scaling.original_context_length"))
      config["original_max_position_embeddings"] = *positions;
    writeWindow();
  }

  void writeGemma2() {
    writeGemma();
    setNumber("attn_logit_softcapping", "attn_logit_softcapping");
    // Every second layer, from the first.
    writeLayerTypes(/*period=*/2, /*biggestLayers=*/46);
  }

  void writeGemma3() {
    writeGemma();
    writeLayerTypes(/*period=*/6, /*biggestLayers=*/62);
    json global = std::move(config["rope_parameters"]);
    json local = {
        {"rope_type", "default"},
        {"rope_theta", keys.number("rope.freq_base_swa").value_or(1e4)}};
    config["rope_parameters"] = {{"full_attention", std::move(global)},
                                 {"sliding_attention", std::move(local)}};
  }

  void writeGpt2() {
    rename({{"max_position_embeddings", "n_positions"},
            {"hidden_size", "n_embd"},
            {"num_attention_heads", "n_head"},
            {"num_hidden_layers", "n_layer"},
            {"intermediate_size", "n_inner"}});
    config.erase("rope_parameters");
    config["activation_function"] = "gelu_new";
    setNumber("layer_norm_epsilon", "attention.layer_norm_epsilon");
  }

  void writeGptNeox() {
    config["hidden_act"] = "gelu";
    config["attention_bias"] = true;
    config["use_parallel_residual"] =
        keys.flag("use_parallel_residual").value_or(true);
    setNumber("layer_norm_eps", "attention.layer_norm_epsilon");
    writePartialRope();
  }

  void writeFalcon() {
    config.emplace("num_key_value_heads", getNumHeads());
    rename({{"intermediate_size", "ffn_hidden_size"},
            {"num_key_value_heads", "num_kv_heads"}});
    // The kinds differ in what they call things, not in what is computed.
    bool twoNorms = hasTensor("blk.0.attn_norm_2.weight");
    bool newDecoder = twoNorms || config["num_kv_heads"] != 1;
    config["multi_query"] = !newDecoder;
    config["new_decoder_architecture"] = newDecoder;
    config["num_ln_in_parallel_attn"] = twoNorms ? 2 : 1;
    config["parallel_attn"] = true;
    config["alibi"] = false;
    config["activation"] = "gelu";
    config["bias"] = hasTensor("blk.0.attn_qkv.bias");
    setNumber("layer_norm_epsilon", "attention.layer_norm_epsilon");
  }

  void writeBert() {
    const GgufTensor *classes = file.findTensor("cls.output.weight");
    config["architectures"] =
        json::array({classes ? "BertForSequenceClassification" : "BertModel"});
    json labels = json::object();
    for (int64_t i = 0; classes && i < countRows(*classes); ++i)
      labels[std::to_string(i)] = "LABEL_" + std::to_string(i);
    config["id2label"] = std::move(labels);
    if (const GgufTensor *types = file.findTensor("token_types.weight"))
      config["type_vocab_size"] = countRows(*types);
    config["hidden_act"] = "gelu";
    setNumber("layer_norm_eps", "attention.layer_norm_epsilon");
    // Encoders neither rotate nor generate.
    for (const char *key : {"rope_parameters", "bos_token_id", "eos_token_id"})
      config.erase(key);
    if (keys.flag("attention.causal").value_or(false))
      keys.unexpected("attention.causal", true, "false in this architecture");
  }

  // ---- What they share ------------------------------------------------------

  /// Of a file with damaged sizes, which is refused later; no more layers
  /// exist.
  static constexpr int64_t kMaxLayers = 1024;
  static constexpr int64_t kMaxClasses = 1 << 16;

  /// Keys that say nothing about what is computed.
  static constexpr llvm::StringLiteral kIgnoredKeys[] = {
      "vocab_size", "tensor_data_layout", "pooling_type", "attention.causal",
      "classifier.output_labels", "rope.scaling.finetuned",
      // Stated otherwise, too.
      "rope.dimension_count", "attention.key_length_swa",
      "attention.value_length_swa", "rope.dimension_count_swa",
      "expert_feed_forward_length"};

  bool hasTensor(llvm::StringRef name) const { return file.findTensor(name); }

  static int64_t countRows(const GgufTensor &tensor) {
    return std::min(tensor.shape[0], kMaxClasses);
  }

  int64_t getNumLayers() const {
    return std::min(config["num_hidden_layers"].get<int64_t>(), kMaxLayers);
  }
  int64_t getNumHeads() const {
    return std::max<int64_t>(config["num_attention_heads"].get<int64_t>(), 1);
  }

  void setNumber(const char *to, llvm::StringRef key) {
    if (auto value = keys.number(key))
      config[to] = *value;
  }

  void
  rename(std::initializer_list<std::pair<const char *, const char *>> pairs) {
    for (const auto &[from, to] : pairs)
      if (auto found = config.find(from); found != config.end()) {
        config[to] = *found;
        config.erase(from);
      }
  }

  void writeTokens() {
    GgufKeys tokens(file, "tokenizer.ggml.", problems);
    if (auto bos = tokens.size("bos_token_id"))
      config["bos_token_id"] = *bos;
    // Chat models end a turn with another token than a text.
    std::vector<int64_t> eos;
    for (const char *key : {"eos_token_id", "eot_token_id", "eom_token_id"})
      if (auto token = tokens.size(key);
          token && !llvm::is_contained(eos, *token))
        eos.push_back(*token);
    if (!eos.empty())
      config["eos_token_id"] = eos;
  }

  /// Writes a size that the file states for each layer: that of the first, and
  /// those that differ from it.
  bool writeLayerSizes(const char *to, llvm::StringRef key) {
    std::vector<int64_t> sizes = keys.layerSizes(key, getNumLayers());
    for (const auto &[layer, size] : llvm::enumerate(sizes))
      if (size != sizes.front())
        config["per_layer_config"][std::to_string(layer)][to] = size;
    if (!sizes.empty())
      config[to] = sizes.front();
    return !sizes.empty();
  }

  void writeSizes() {
    const GgufTensor *embedding = file.findTensor("token_embd.weight");
    if (embedding && embedding->shape.size() == 2)
      config["vocab_size"] = embedding->shape[0];
    else
      problems.error(file.getPath() +
                     ": tensor 'token_embd.weight' is missing or no matrix");
    config["hidden_size"] = keys.needSize("embedding_length");
    config["num_hidden_layers"] = keys.needSize("block_count");
    config["max_position_embeddings"] = keys.needSize("context_length");
    if (!writeLayerSizes("intermediate_size", "feed_forward_length"))
      config["intermediate_size"] = keys.needSize("feed_forward_length");
    if (!writeLayerSizes("num_attention_heads", "attention.head_count"))
      config["num_attention_heads"] = keys.needSize("attention.head_count");
    if (!writeLayerSizes("num_key_value_heads", "attention.head_count_kv"))
      if (auto heads = keys.size("attention.head_count_kv"))
        config["num_key_value_heads"] = *heads;
    auto keyLength = keys.size("attention.key_length");
    auto valueLength = keys.size("attention.value_length");
    if (keyLength)
      config["head_dim"] = *keyLength;
    if (keyLength && valueLength && *keyLength != *valueLength)
      keys.fail("attention.value_length",
                "found " + llvm::Twine(*valueLength) + ", expected " +
                    llvm::Twine(*keyLength) + " as for the keys");
    config["tie_word_embeddings"] = !hasTensor("output.weight");
  }

  /// Decoders with RMS norms and a gated network.
  void writeGated() {
    // Where the keys are absent, families differ in what configs mean.
    config.emplace("num_key_value_heads", getNumHeads());
    config.emplace("head_dim",
                   config["hidden_size"].get<int64_t>() / getNumHeads());
    setNumber("rms_norm_eps", "attention.layer_norm_rms_epsilon");
    writePartialRope();
  }

  void writeWindow() {
    int64_t window = keys.size("attention.sliding_window").value_or(0);
    config["sliding_window"] = window ? json(window) : json(nullptr);
  }

  void writeExperts() {
    config["num_local_experts"] = keys.needSize("expert_count");
    config["num_experts_per_tok"] = keys.needSize("expert_used_count");
    // The probabilities are those of a softmax, and of all experts.
    for (const auto &[key, wanted] : {std::pair("expert_gating_func", 1),
                                      std::pair("expert_weights_scale", 1),
                                      std::pair("expert_group_count", 1),
                                      std::pair("expert_group_used_count", 1)})
      if (const json *value = keys.find(key);
          value && *value != wanted && *value != 0)
        keys.unexpected(key, *value, llvm::Twine(wanted));
  }

  void writeGemma() {
    writeGated();
    setNumber("final_logit_softcapping", "final_logit_softcapping");
    config["hidden_activation"] = "gelu_pytorch_tanh";
    if (auto window = keys.size("attention.sliding_window"))
      config["sliding_window"] = *window;
  }

  /// The layers with a window, and the scale of attention, which files of the
  /// biggest Gemma models leave to be known by their number of layers.
  void writeLayerTypes(int64_t period, int64_t biggestLayers) {
    int64_t layers = getNumLayers();
    const json *stated = keys.find("attention.sliding_window_pattern");
    json types = json::array();
    if (stated && stated->is_array()) {
      for (const json &slides : *stated)
        types.push_back(slides == true ? "sliding_attention"
                                       : "full_attention");
    } else {
      period = keys.size("attention.sliding_window_pattern").value_or(period);
      for (int64_t i = 0; i < layers; ++i)
        types.push_back(period == 0 || (i + 1) % period == 0
                            ? "full_attention"
                            : "sliding_attention");
    }
    config["layer_types"] = std::move(types);
    int64_t hidden = config["hidden_size"].get<int64_t>();
    double scalar = double(layers == biggestLayers
                               ? hidden / getNumHeads()
                               : config.value("head_dim", int64_t(256)));
    if (auto scale = keys.number("attention.scale"); scale && *scale > 0)
      scalar = std::round(1.0 / (*scale * *scale) * 1e4) / 1e4;
    config["query_pre_attn_scalar"] =
        scalar == std::floor(scalar) ? json(int64_t(scalar)) : json(scalar);
  }

  void writeRope() {
    config["rope_parameters"] = readGgufRope(file, keys, problems);
  }

  /// How many channels of a head are rotated, if not all.
  void writePartialRope() {
    auto dims = keys.size("rope.dimension_count");
    int64_t whole = config["hidden_size"].get<int64_t>();
    whole = config.value("head_dim", whole / getNumHeads());
    if (dims && *dims != whole && whole > 0)
      config["rope_parameters"]["partial_rotary_factor"] =
          double(*dims) / double(whole);
  }

  const GgufFile &file;
  Problems &problems;
  const GgufNames &names;
  GgufKeys keys;
  json config = json::object();
};

} // namespace

/// Files that are no model of their own.
static void refuseParts(const GgufFile &file, Problems &problems) {
  GgufKeys general(file, "general.", problems), split(file, "split.", problems);
  if (auto type = general.string("type"); type && *type != "model")
    general.unexpected("type", *general.find("type"), "\"model\"");
  if (int64_t count = split.size("count").value_or(1); count > 1)
    split.fail("count", "found one of " + llvm::Twine(count) +
                            " parts of a model, expected the whole; join them "
                            "with llama.cpp's llama-gguf-split --merge");
}

json readGgufConfig(const GgufFile &file, Problems &problems) {
  refuseParts(file, problems);
  const GgufNames *names = findGgufNames(file, problems);
  if (!names || problems.hasErrors())
    return json();
  // As the text of a file: there, integers that are not negative are unsigned.
  return json::parse(ConfigWriter(file, *names, problems).write().dump(),
                     nullptr, /*allow_exceptions=*/false);
}

} // namespace swage::import
