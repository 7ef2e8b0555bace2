//===- GgufTokenizerControls.cpp - Control tokens known by name ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Files do not always say that a token is a control token, or that it ends an
// answer. llama.cpp knows these by name.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizerReader.h"
#include "llvm/ADT/STLExtras.h"

using llvm::StringLiteral;

namespace swage::import {

/// Tokens that end an answer.
static constexpr StringLiteral kEnds[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
    "[e~["};

/// Tokens with a role in filling a gap. The last of the keys that the file has
/// says which it is; if there is none, the first of the names that is a token.
struct GapRole {
  llvm::ArrayRef<StringLiteral> keys, names;
  bool endsAnswer = false;
};
static constexpr StringLiteral kPrefixKeys[] = {"fim_pre_token_id",
                                                "prefix_token_id"};
static constexpr StringLiteral kPrefixes[] = {
    "<|fim_prefix|>",  "<fim-prefix>",
    "<fim_prefix>",    "<\uFF5Cfim\u2581begin\uFF5C>",
    "<PRE>",           "\u2581<PRE>",
    "<|code_prefix|>", "<|prefix|>"};
static constexpr StringLiteral kSuffixKeys[] = {"fim_suf_token_id",
                                                "suffix_token_id"};
static constexpr StringLiteral kSuffixes[] = {
    "<|fim_suffix|>",  "<fim-suffix>",
    "<fim_suffix>",    "<\uFF5Cfim\u2581hole\uFF5C>",
    "<SUF>",           "\u2581<SUF>",
    "<|code_suffix|>", "<|suffix|>"};
static constexpr StringLiteral kMiddleKeys[] = {"fim_mid_token_id",
                                                "middle_token_id"};
static constexpr StringLiteral kMiddles[] = {
    "<|fim_middle|>",  "<fim-middle>",
    "<fim_middle>",    "<\uFF5Cfim\u2581end\uFF5C>",
    "<MID>",           "\u2581<MID>",
    "<|code_middle|>", "<|middle|>"};
static constexpr StringLiteral kPadKeys[] = {"fim_pad_token_id"};
static constexpr StringLiteral kPads[] = {"<|fim_pad|>", "<fim-pad>",
                                          "<fim_pad>", "<PAD>", "[PAD]"};
static constexpr StringLiteral kRepositoryKeys[] = {"fim_rep_token_id"};
static constexpr StringLiteral kRepositories[] = {
    "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"};
static constexpr StringLiteral kFileKeys[] = {"fim_sep_token_id"};
static constexpr StringLiteral kFiles[] = {"<|file_sep|>"};
static const GapRole kGapRoles[] = {
    {kPrefixKeys, kPrefixes},
    {kSuffixKeys, kSuffixes},
    {kMiddleKeys, kMiddles},
    {kPadKeys, kPads, /*endsAnswer=*/true},
    {kRepositoryKeys, kRepositories, /*endsAnswer=*/true},
    {kFileKeys, kFiles, /*endsAnswer=*/true}};

/// Tokens that are always written out.
static constexpr StringLiteral kWritten[] = {"<|channel|>", "<|message|>",
                                             "<|start|>", "<|constrain|>"};

std::optional<uint32_t> GgufTokenizerReader::idOf(llvm::StringRef name) const {
  auto found = parts.model.ids.find(name);
  return found == parts.model.ids.end() ? std::nullopt
                                        : std::optional(found->second);
}

void GgufTokenizerReader::makeAdded(uint32_t id, llvm::StringRef content,
                                    bool isSpecial) {
  AddedTokenParts &added = parts.added[id];
  added.id = id;
  added.content = content.str();
  added.normalized = false;
  added.special = isSpecial;
}

std::vector<uint32_t> GgufTokenizerReader::markControls() {
  std::vector<uint32_t> ends;
  for (const GapRole &role : kGapRoles) {
    std::optional<uint32_t> taken;
    for (StringLiteral key : role.keys)
      taken = readId(key, taken);
    for (StringLiteral name : role.names)
      if (!taken && (taken = idOf(name)))
        makeAdded(*taken, name, /*isSpecial=*/true);
    if (taken && role.endsAnswer)
      ends.push_back(*taken);
  }
  for (StringLiteral name : kEnds)
    if (std::optional<uint32_t> id = idOf(name)) {
      makeAdded(*id, name, /*isSpecial=*/true);
      ends.push_back(*id);
    }
  for (StringLiteral name : kWritten)
    if (std::optional<uint32_t> id = idOf(name))
      makeAdded(*id, name, /*isSpecial=*/false);
  // With these, answers have several parts, and <|end|> ends only one of them.
  bool calls = idOf("<|call|>") || idOf("<|calls|>");
  if (calls && (idOf("<|return|>") || idOf("<|flush|>")))
    if (std::optional<uint32_t> end = idOf("<|end|>")) {
      makeAdded(*end, "<|end|>", /*isSpecial=*/false);
      llvm::erase(ends, *end);
    }
  llvm::sort(ends);
  return ends;
}

} // namespace swage::import
