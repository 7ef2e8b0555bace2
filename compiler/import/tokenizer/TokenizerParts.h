//===- TokenizerParts.h - What a tokenizer is made of ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H

#include "JsonNode.h"
#include "tokenizer_generated.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include <map>
#include <vector>

namespace swage::import {

/// A vocabulary and its merges.
struct ModelParts {
  schema::text::ModelKind kind = schema::text::ModelKind::ByteLevelBpe;
  /// The model's own tokens as the file spells them.
  llvm::StringMap<uint32_t> ids;
  /// Of those, the ones that never come from text.
  llvm::DenseSet<uint32_t> notFromText;
  /// And those that SentencePiece treats apart.
  llvm::DenseSet<uint32_t> userDefined, unused;
  std::vector<schema::text::Merge> merges;
  /// By id; empty unless the model weighs tokens.
  std::vector<double> scores;
  double unknownScore = 0;
  bool singlePrecision = false;
  bool ignoreMerges = false;
  int32_t unknownToken = -1;
  bool fuseUnknown = false;
  bool byteFallback = false;
  std::string continuingPrefix, wordPrefix;
  uint32_t maxWordCharacters = 100;
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
  std::string replacement;
  schema::text::PrependScheme prependScheme =
      schema::text::PrependScheme::Always;
  bool split = true;
};

/// SentencePiece's rules for rewriting text.
struct CharsmapParts {
  std::vector<uint32_t> trie;
  std::string replacements;
};

/// A normalizer step; `kind` says which of the others count.
struct NormalizerParts {
  schema::text::NormalizerStep kind;
  /// What is prepended, or the pattern that is replaced.
  std::string text;
  std::string content;
  schema::text::UnicodeForm form = schema::text::UnicodeForm::NFC;
  bool left = false, right = false;
  bool cleanText = false, handleChineseChars = false;
  bool stripAccents = false, lowercase = false;
  std::optional<CharsmapParts> charsmap;
  schema::text::PrependScheme prefix = schema::text::PrependScheme::Never;
  bool prefixIsSuffix = false, removesExtraSpaces = false;
  bool asLlamaCpp = false, escapesSpaces = false;
};

/// The members of TokenDecoder.
struct DecoderParts {
  std::string space;
  bool dropsFirstSpaces = false;
  bool byteFallback = false;
  uint32_t stripStart = 0;
  std::string continuingPrefix;
  bool cleansUp = false;
};

/// All that ends up in the table.
struct TokenizerParts {
  /// The id of `content`, an added token or one of the model's.
  std::optional<uint32_t> find(llvm::StringRef content) const;
  /// Ids are below this.
  uint32_t vocabularySize() const;

  /// Where the model is from, for messages.
  std::string file;
  ModelParts model;
  /// By id.
  std::map<uint32_t, AddedTokenParts> added;
  std::vector<NormalizerParts> normalizers;
  std::vector<StepParts> steps;
  DecoderParts decoder;
  std::vector<uint32_t> prefix, suffix;
  std::optional<uint32_t> bos;
  std::vector<uint32_t> eos;
  std::string chatTemplate;
  /// By name: bos_token and so on, spelled out for the chat template.
  std::map<std::string, std::string> chatVariables;
};

/// Each function below reads one member of tokenizer.json into `parts`. The
/// pre-tokenizer comes before the model.
llvm::Error importModel(const JsonNode &model, TokenizerParts &parts);
llvm::Error importAddedTokens(const JsonNode &tokens, TokenizerParts &parts);
llvm::Error importPreTokenizer(const JsonNode &step, TokenizerParts &parts);
llvm::Error importPostProcessor(const JsonNode &processor,
                                TokenizerParts &parts);
llvm::Error importNormalizer(const JsonNode &normalizer, TokenizerParts &parts);
llvm::Error importDecoder(const JsonNode &decoder, TokenizerParts &parts);

/// Reads tokenizer.model, whose contents are `bytes`, and what stands in for
/// the rest of a tokenizer.json in the files beside it.
llvm::Error importSentencePiece(llvm::StringRef directory,
                                llvm::StringRef bytes, TokenizerParts &parts);

/// Reads the files beside the model's: which tokens are special, begin and
/// end a text, and the chat template.
llvm::Error importSpecialTokens(llvm::StringRef directory,
                                TokenizerParts &parts);

/// The table of `parts`, from whatever format they were read. What the runtime
/// would refuse is an error here; its message starts with "tokenizer: ".
llvm::Expected<std::vector<uint8_t>>
writeTokenizer(const TokenizerParts &parts);

/// The member `pattern` of a step, {"String": ...} or {"Regex": ...}, for
/// PCRE2.
llvm::Expected<std::string> importPattern(const JsonNode &step);

/// The parts of a precompiled charsmap.
llvm::Expected<CharsmapParts> readCharsmap(llvm::StringRef bytes);

/// A normalizer `Precompiled`.
llvm::Error importPrecompiled(const JsonNode &node, NormalizerParts &step);

/// The member `type`, or "" if that is not a string.
std::string typeOf(const JsonNode &component);

/// The bytes that a token of a byte-level model spells, each byte as one of 256
/// printable characters; none if it has other characters.
std::optional<std::string> bytesOfToken(llvm::StringRef token);

/// "found KIND, supported are ..." for a member `type` that is not supported.
llvm::Error unsupportedType(const JsonNode &component,
                            llvm::StringRef supported);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERPARTS_H
