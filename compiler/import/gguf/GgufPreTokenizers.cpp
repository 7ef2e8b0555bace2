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
    "gpt-2",      "phi-2",      "mpt",          "olmo",
    "jais",       "jina-es",    "jina-de",      "jina-v2-es",
    "jina-v2-de", "jina-v1-en", "jina-v2-code", "roberta-bpe"};

static constexpr StringLiteral kDigits[] = {R"(\p{N})", kGpt2Pattern};
static constexpr StringLiteral kDigitsNames[] = {
    "starcoder", "refact", "command-r", "smollm",
    "codeshell", "exaone", "minerva-7b"};

static constexpr StringLiteral kLlama3[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kLlama3Names[] = {
    "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral"};
static constexpr StringLiteral kDbrxNames[] = {"dbrx", "smaug-bpe"};

static constexpr StringLiteral kQwen2[] = {
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
static constexpr StringLiteral kQwen2Names[] = {"qwen2", "deepseek-r1-qwen",
                                                "stablelm2", "megrez"};

static constexpr StringLiteral kFalcon[] = {R"([\p{P}\$\+<=>\^~\|`]+)",
                                            kGpt2Pattern, "[0-9][0-9][0-9]"};
static constexpr StringLiteral kFalconNames[] = {"falcon"};

static const GgufPreTokenizer kAll[] = {
    {kGpt2Names, kGpt2},
    {kDigitsNames, kDigits},
    {kLlama3Names, kLlama3, /*ignoreMerges=*/true, /*addBos=*/true},
    {kDbrxNames, kLlama3},
    {kQwen2Names, kQwen2},
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
