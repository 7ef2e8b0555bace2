//===- GgufPreTokenizers.cpp - How named pre-tokenizers split ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufPreTokenizers.h"
#include "llvm/ADT/STLExtras.h"

using llvm::StringLiteral;

namespace swage::import {

static constexpr StringLiteral kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

static constexpr StringLiteral kGpt2[] = {kGpt2Pattern};
static constexpr StringLiteral kGpt2Names[] = {
    "gpt-2",        "phi-2",       "mpt",        "olmo",           "jais",
    "jina-es",      "jina-de",     "jina-v2-es", "jina-v2-de",     "jina-v1-en",
    "jina-v2-code", "roberta-bpe", "gigachat",   "a.x-4.0",        "mellum",
    "modern-bert",  "exaone4",     "trillion",   "granite-docling"};

static constexpr StringLiteral kDigits[] = {R"(\p{N})", kGpt2Pattern};
static constexpr StringLiteral kDigitsNames[] = {
    "starcoder", "refact", "command-r",  "smollm",
    "codeshell", "exaone", "minerva-7b", "mellum2"};

static constexpr StringLiteral kLlama3[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kLlama3Names[] = {
    "llama3",  "llama-v3", "llama-bpe", "falcon3",     "falcon-h1",
    "pixtral", "midm-2.0", "lfm2",      "jina-v5-nano"};
static constexpr StringLiteral kDbrxNames[] = {"dbrx", "smaug-bpe",
                                               "chatglm-bpe"};
static constexpr StringLiteral kGlm4Names[] = {"glm4", "glm5"};

static constexpr StringLiteral kQwen2[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kQwen2Names[] = {
    "qwen2",   "deepseek-r1-qwen", "stablelm2",  "megrez", "kormo",
    "f2llmv2", "hunyuan",          "solar-open", "grok-2"};

static constexpr StringLiteral kQwen35[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kQwen35Names[] = {"qwen35"};

// What starts with upper case and goes on with lower case: only ASCII's letters
// have a case here, which is not what the models' tokenizer.json says.
static constexpr StringLiteral kTekken[] = {
    R"([^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kTekkenNames[] = {"tekken"};

static constexpr StringLiteral kGpt4o[] = {
    R"([^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kGpt4oNames[] = {"gpt-4o", "llama4", "kanana2",
                                                "talkie", "minimax-m2"};

static constexpr StringLiteral kFalcon[] = {R"([\p{P}\$\+<=>\^~\|`]+)",
                                            kGpt2Pattern, "[0-9][0-9][0-9]"};
static constexpr StringLiteral kFalconNames[] = {"falcon"};

static const GgufPreTokenizer kAll[] = {
    {kGpt2Names, kGpt2},
    {kDigitsNames, kDigits},
    {kLlama3Names, kLlama3, /*ignoreMerges=*/true, /*addBos=*/true},
    {kDbrxNames, kLlama3},
    {kGlm4Names, kLlama3, /*ignoreMerges=*/true},
    {kQwen2Names, kQwen2},
    {kQwen35Names, kQwen35},
    {kTekkenNames, kTekken, /*ignoreMerges=*/true, /*addBos=*/true},
    {kGpt4oNames, kGpt4o},
    {kFalconNames, kFalcon}};

const GgufPreTokenizer *findGgufPreTokenizer(llvm::StringRef name) {
  for (const GgufPreTokenizer &candidate : kAll)
    if (llvm::is_contained(candidate.names, name))
      return &candidate;
  return nullptr;
}

std::string listGgufPreTokenizers() {
  std::string list;
  for (const GgufPreTokenizer &candidate : kAll)
    for (StringLiteral name : candidate.names)
      list += (list.empty() ? "" : ", ") + name.str();
  return list;
}

} // namespace swage::import
