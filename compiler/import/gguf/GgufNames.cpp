//===- GgufNames.cpp - What GGUF files call the parts of a model ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufNames.h"
#include "compiler/import/Json.h"
#include "llvm/ADT/StringExtras.h"

namespace swage::import {

static constexpr GgufName kOuter[] = {{"token_embd", "model.embed_tokens"},
                                      {"output_norm", "model.norm"},
                                      {"output", "lm_head"}};

static constexpr GgufName kLlama[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj", GgufChange::QueryPairs},
    {"attn_k", "self_attn.k_proj", GgufChange::KeyPairs},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"}};

static constexpr GgufName kMixtral[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj", GgufChange::QueryPairs},
    {"attn_k", "self_attn.k_proj", GgufChange::KeyPairs},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate_inp", "block_sparse_moe.gate"},
    {"ffn_gate_exps", "block_sparse_moe.experts.#.w1", GgufChange::Experts},
    {"ffn_up_exps", "block_sparse_moe.experts.#.w3", GgufChange::Experts},
    {"ffn_down_exps", "block_sparse_moe.experts.#.w2", GgufChange::Experts}};

/// Rope as in Hugging Face.
static constexpr GgufName kQwen[] = {{"attn_norm", "input_layernorm"},
                                     {"attn_q", "self_attn.q_proj"},
                                     {"attn_k", "self_attn.k_proj"},
                                     {"attn_v", "self_attn.v_proj"},
                                     {"attn_q_norm", "self_attn.q_norm"},
                                     {"attn_k_norm", "self_attn.k_norm"},
                                     {"attn_output", "self_attn.o_proj"},
                                     {"ffn_norm", "post_attention_layernorm"},
                                     {"ffn_gate", "mlp.gate_proj"},
                                     {"ffn_up", "mlp.up_proj"},
                                     {"ffn_down", "mlp.down_proj"}};

/// Layers with experts and dense ones.
static constexpr GgufName kQwen3Moe[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"ffn_gate_inp", "mlp.gate"},
    {"ffn_gate_exps", "mlp.experts.#.gate_proj", GgufChange::Experts},
    {"ffn_up_exps", "mlp.experts.#.up_proj", GgufChange::Experts},
    {"ffn_down_exps", "mlp.experts.#.down_proj", GgufChange::Experts}};

static constexpr GgufName kOlmo2[] = {
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"attn_output", "self_attn.o_proj"},
    {"post_attention_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"post_ffw_norm", "post_feedforward_layernorm"}};

static constexpr GgufName kGemmaOuter[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm", GgufChange::PlusOne},
    {"output", "lm_head"}};

static constexpr GgufName kGemma[] = {
    {"attn_norm", "input_layernorm", GgufChange::PlusOne},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_q_norm", "self_attn.q_norm", GgufChange::PlusOne},
    {"attn_k_norm", "self_attn.k_norm", GgufChange::PlusOne},
    {"attn_output", "self_attn.o_proj"},
    {"post_attention_norm", "post_attention_layernorm", GgufChange::PlusOne},
    {"ffn_norm", "pre_feedforward_layernorm", GgufChange::PlusOne},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
    {"post_ffw_norm", "post_feedforward_layernorm", GgufChange::PlusOne}};

static constexpr GgufName kPhi3[] = {{"attn_norm", "input_layernorm"},
                                     {"attn_qkv", "self_attn.qkv_proj"},
                                     {"attn_output", "self_attn.o_proj"},
                                     {"ffn_norm", "post_attention_layernorm"},
                                     {"ffn_up", "mlp.gate_up_proj"},
                                     {"ffn_down", "mlp.down_proj"}};

static constexpr GgufName kGpt2Outer[] = {{"token_embd", "transformer.wte"},
                                          {"position_embd", "transformer.wpe"},
                                          {"output_norm", "transformer.ln_f"},
                                          {"output", "lm_head"}};

static constexpr GgufName kGpt2[] = {
    {"attn_norm", "ln_1"},
    {"attn_qkv", "attn.c_attn", GgufChange::Transposed},
    {"attn_output", "attn.c_proj", GgufChange::Transposed},
    {"ffn_norm", "ln_2"},
    {"ffn_up", "mlp.c_fc", GgufChange::Transposed},
    {"ffn_down", "mlp.c_proj", GgufChange::Transposed}};

static constexpr GgufName kGptNeoxOuter[] = {
    {"token_embd", "gpt_neox.embed_in"},
    {"output_norm", "gpt_neox.final_layer_norm"},
    {"output", "embed_out"}};

static constexpr GgufName kGptNeox[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_qkv", "attention.query_key_value", GgufChange::SplitHeads},
    {"attn_output", "attention.dense"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_up", "mlp.dense_h_to_4h"},
    {"ffn_down", "mlp.dense_4h_to_h"}};

static constexpr GgufName kFalconOuter[] = {
    {"token_embd", "transformer.word_embeddings"},
    {"output_norm", "transformer.ln_f"},
    {"output", "lm_head"}};

static constexpr GgufName kFalcon[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_qkv", "self_attention.query_key_value", GgufChange::SplitGroups},
    {"attn_output", "self_attention.dense"},
    {"ffn_up", "mlp.dense_h_to_4h"},
    {"ffn_down", "mlp.dense_4h_to_h"}};

/// With a norm for attention and another for the feed-forward network.
static constexpr GgufName kFalconTwoNorms[] = {
    {"attn_norm_2", "ln_attn"},
    {"attn_norm", "ln_mlp"},
    {"attn_qkv", "self_attention.query_key_value", GgufChange::SplitGroups},
    {"attn_output", "self_attention.dense"},
    {"ffn_up", "mlp.dense_h_to_4h"},
    {"ffn_down", "mlp.dense_4h_to_h"}};

/// Heads of masked LMs are not stored; of a classifier both matrices are.
static constexpr GgufName kBertOuter[] = {
    {"token_embd", "bert.embeddings.word_embeddings"},
    {"position_embd", "bert.embeddings.position_embeddings"},
    {"token_types", "bert.embeddings.token_type_embeddings"},
    {"token_embd_norm", "bert.embeddings.LayerNorm"},
    {"cls", "bert.pooler.dense"},
    {"cls.output", "classifier"}};

static constexpr GgufName kBert[] = {
    {"attn_q", "attention.self.query"},
    {"attn_k", "attention.self.key"},
    {"attn_v", "attention.self.value"},
    {"attn_output", "attention.output.dense"},
    {"attn_output_norm", "attention.output.LayerNorm"},
    {"ffn_up", "intermediate.dense"},
    {"ffn_down", "output.dense"},
    {"layer_output_norm", "output.LayerNorm"}};

// ---- Kinds of models --------------------------------------------------------

/// Whether the key, below "llama.", is a number above zero.
static bool isAboveZero(const GgufFile &file, llvm::StringRef key) {
  const nlohmann::json *value = file.find(("llama." + key).str());
  return value && value->is_number() && *value > 0;
}

static bool hasExperts(const GgufFile &file) {
  return isAboveZero(file, "expert_count");
}

static bool hasWindow(const GgufFile &file) {
  return isAboveZero(file, "attention.sliding_window");
}

static bool hasTwoNorms(const GgufFile &file) {
  return file.findTensor("blk.0.attn_norm_2.weight");
}

/// Of those with one architecture, the first that describes a file.
static constexpr GgufNames kAll[] = {
    {"llama", "mixtral", "model.layers", kOuter, kMixtral, hasExperts},
    {"llama", "mistral", "model.layers", kOuter, kLlama, hasWindow},
    {"llama", "llama", "model.layers", kOuter, kLlama},
    {"qwen2", "qwen2", "model.layers", kOuter, kQwen},
    {"qwen3", "qwen3", "model.layers", kOuter, kQwen},
    {"qwen3moe", "qwen3_moe", "model.layers", kOuter, kQwen3Moe},
    {"gemma2", "gemma2", "model.layers", kGemmaOuter, kGemma},
    {"gemma3", "gemma3_text", "model.layers", kGemmaOuter, kGemma},
    {"phi3", "phi3", "model.layers", kOuter, kPhi3},
    {"gpt2", "gpt2", "transformer.h", kGpt2Outer, kGpt2},
    {"gptneox", "gpt_neox", "gpt_neox.layers", kGptNeoxOuter, kGptNeox},
    {"falcon", "falcon", "transformer.h", kFalconOuter, kFalconTwoNorms,
     hasTwoNorms},
    {"falcon", "falcon", "transformer.h", kFalconOuter, kFalcon},
    {"olmo2", "olmo2", "model.layers", kOuter, kOlmo2},
    {"bert", "bert", "bert.encoder.layer", kBertOuter, kBert}};

// ---- Translation ------------------------------------------------------------

std::string nameExpert(llvm::StringRef pattern, int64_t expert) {
  auto [before, after] = pattern.split('#');
  return (before + llvm::Twine(expert) + after).str();
}

std::optional<std::pair<std::string, GgufChange>>
GgufNames::translate(llvm::StringRef tensor) const {
  llvm::StringRef name = tensor;
  std::string prefix;
  llvm::ArrayRef<GgufName> table = outer;
  if (name.consume_front("blk.")) {
    auto [layer, rest] = name.split('.');
    unsigned index;
    if (layer.getAsInteger(10, index))
      return std::nullopt;
    prefix = (layers + "." + layer + ".").str();
    name = rest;
    table = inner;
  }
  auto [part, kind] = name.rsplit('.');
  if (kind != "weight" && kind != "bias")
    return std::nullopt;
  for (const GgufName &candidate : table) {
    if (part != candidate.gguf)
      continue;
    GgufChange change = candidate.change;
    if (kind == "bias" && change == GgufChange::Transposed)
      change = GgufChange::None;
    return std::pair((prefix + candidate.huggingFace + "." + kind).str(),
                     change);
  }
  return std::nullopt;
}

/// What the modules that `pattern` names have left in `tensor`: ".weight".
static std::optional<llvm::StringRef> matchModule(llvm::StringRef pattern,
                                                  llvm::StringRef tensor) {
  auto [before, after] = pattern.split('#');
  if (!tensor.consume_front(before))
    return std::nullopt;
  if (before.size() < pattern.size()) {
    tensor = tensor.drop_while(llvm::isDigit);
    if (!tensor.consume_front(after))
      return std::nullopt;
  }
  return tensor;
}

std::optional<std::string>
GgufNames::untranslate(llvm::StringRef tensor) const {
  std::string prefix;
  llvm::ArrayRef<GgufName> table = outer;
  llvm::StringRef rest = tensor;
  if (rest.consume_front(layers) && rest.consume_front(".")) {
    auto [layer, name] = rest.split('.');
    prefix = ("blk." + layer + ".").str();
    rest = name;
    table = inner;
  } else {
    rest = tensor;
  }
  for (const GgufName &candidate : table) {
    auto kind = matchModule(candidate.huggingFace, rest);
    if (kind && (*kind == ".weight" || *kind == ".bias"))
      return (prefix + candidate.gguf + *kind).str();
  }
  return std::nullopt;
}

// ---- Search -----------------------------------------------------------------

/// All architectures, for messages.
static std::string listArchitectures() {
  std::vector<llvm::StringRef> list;
  for (const GgufNames &names : kAll)
    if (!llvm::is_contained(list, names.architecture))
      list.push_back(names.architecture);
  return llvm::join(list, ", ");
}

const GgufNames *findGgufNames(const GgufFile &file, Problems &problems) {
  constexpr const char *kKey = "general.architecture";
  const nlohmann::json *stated = file.find(kKey);
  for (const GgufNames &names : kAll)
    if (stated && *stated == names.architecture.str() &&
        (!names.describes || names.describes(file)))
      return &names;
  problems.error(file.getPath() + ": metadata key '" + kKey + "': found " +
                 (stated ? describeJson(*stated) : "nothing") +
                 ", supported are " + listArchitectures());
  return nullptr;
}

} // namespace swage::import
