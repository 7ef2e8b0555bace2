//===- TokenizerParts.h - The pieces of a tokenizer.json ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H

#include "JsonNode.h"
#include "tokenizer_generated.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <vector>

namespace swage::import {

/// A vocabulary and its merges.
struct ModelParts {
  /// The model's own tokens as tokenizer.json spells them.
  llvm::StringMap<uint32_t> ids;
  std::vector<schema::text::Merge> merges;
  bool ignoreMerges = false;
  int32_t unknownToken = -1;
  bool fuseUnknown = false;
};

struct AddedTokenParts {
  uint32_t id = 0;
  std::string content;
  bool singleWord = false, lstrip = false, rstrip = false;
  bool normalized = true, special = false;
};

/// A pre-tokenizer step; `kind` says which of the others count.
struct StepParts {
  schema::text::PreTokenizerStep kind;
  bool addPrefixSpace = false, useRegex = false;
  bool individualDigits = false;
  std::string pattern;
  schema::text::SplitBehavior behavior = schema::text::SplitBehavior::Isolated;
  bool invert = false;
};

/// All that ends up in the table.
struct TokenizerParts {
  /// The id of `content`, an added token or one of the model's.
  std::optional<uint32_t> find(llvm::StringRef content) const;
  /// Ids are below this.
  uint32_t vocabularySize() const;

  ModelParts model;
  /// By id.
  std::map<uint32_t, AddedTokenParts> added;
  std::vector<StepParts> steps;
  std::vector<uint32_t> prefix, suffix;
  std::optional<uint32_t> bos;
  std::vector<uint32_t> eos;
  std::string chatTemplate;
};

/// Each function below reads one member of tokenizer.json into `parts`.
llvm::Error importModel(const JsonNode &model, TokenizerParts &parts);
llvm::Error importAddedTokens(const JsonNode &tokens, TokenizerParts &parts);
llvm::Error importPreTokenizer(const JsonNode &step, TokenizerParts &parts);
llvm::Error importPostProcessor(const JsonNode &processor,
                                TokenizerParts &parts);
llvm::Error checkNormalizer(const JsonNode &normalizer);
llvm::Error checkDecoder(const JsonNode &decoder);

/// Reads the files beside tokenizer.json: which tokens are special, begin and
/// end a text, and the chat template.
llvm::Error importSpecialTokens(llvm::StringRef directory,
                                TokenizerParts &parts);

/// The bytes that a token of a byte-level model spells, each byte as one of 256
/// printable characters; none if it has other characters.
std::optional<std::string> bytesOfToken(llvm::StringRef token);

/// "found KIND, supported are ..." for a member `type` that is not supported.
llvm::Error unsupportedType(const JsonNode &component,
                            llvm::StringRef supported);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H
