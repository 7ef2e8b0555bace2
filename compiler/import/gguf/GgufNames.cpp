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

/// With one key and value head, its fused rows are in the same order.
static constexpr GgufName kFalcon[] = {
    {"attn_norm", "input_layernorm"},
    {"attn_qkv", "self_attention.query_key_value"},
    {"attn_output", "self_attention.dense"},
    {"ffn_up", "mlp.dense_h_to_4h"},
    {"ffn_down", "mlp.dense_4h_to_h"}};

static constexpr GgufNames kAll[] = {
    {"llama", "llama", "model.layers", kOuter, kLlama},
    {"qwen2", "qwen2", "model.layers", kOuter, kQwen},
    {"qwen3", "qwen3", "model.layers", kOuter, kQwen},
    {"gemma2", "gemma2", "model.layers", kGemmaOuter, kGemma},
    {"gemma3", "gemma3_text", "model.layers", kGemmaOuter, kGemma},
    {"phi3", "phi3", "model.layers", kOuter, kPhi3},
    {"gpt2", "gpt2", "transformer.h", kGpt2Outer, kGpt2},
    {"gptneox", "gpt_neox", "gpt_neox.layers", kGptNeoxOuter, kGptNeox},
    {"falcon", "falcon", "transformer.h", kFalconOuter, kFalcon},
    {"olmo2", "olmo2", "model.layers", kOuter, kOlmo2}};

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

const GgufNames *findGgufNames(const GgufFile &file, Problems &problems) {
  constexpr const char *kKey = "general.architecture";
  const nlohmann::json *stated = file.find(kKey);
  for (const GgufNames &names : kAll)
    if (stated && *stated == names.architecture.str())
      return &names;
  problems.error(file.getPath() + ": metadata key '" + kKey + "': found " +
                 (stated ? describeJson(*stated) : "nothing") +
                 ", supported are " +
                 llvm::join(llvm::map_range(kAll,
                                            [](const GgufNames &names) {
                                              return names.architecture.str();
                                            }),
                            ", "));
  return nullptr;
}

} // namespace swage::import
