//===- GgufTokenizerReader.h - The parts of a GGUF file's tokenizer ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// GGUF files say little about how their tokenizer works: the rest, defaults
// included, is what llama.cpp does for `tokenizer.ggml.model`, and is done here
// so that ids are the same.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZERREADER_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZERREADER_H

#include "compiler/import/gguf/GgufKeys.h"
#include "compiler/import/gguf/GgufPreTokenizers.h"
#include "compiler/import/tokenizer/TokenizerParts.h"

namespace swage::import {

/// Reads one tokenizer, of one of the kinds below. What is wrong goes to the
/// problems.
class GgufTokenizerReader {
public:
  GgufTokenizerReader(const GgufFile &file, Problems &problems)
      : keys(file, "tokenizer.ggml.", problems),
        chat(file, "tokenizer.", problems) {}

  /// "gpt2": bytes, merged by rank.
  TokenizerParts readBytes();
  /// "llama": SentencePiece's characters, merged by score.
  TokenizerParts readScoredPieces();
  /// "t5": SentencePiece's unigrams.
  TokenizerParts readUnigrams();
  /// "bert": the longest pieces of words.
  TokenizerParts readWordPieces();

private:
  /// Values of `tokenizer.ggml.token_type`.
  enum class TokenType : int64_t {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
  };
  /// What llama.cpp assumes where the file says nothing. It ignores ids that
  /// are not below the number of tokens.
  struct Defaults {
    std::optional<uint32_t> bos, eos;
    bool addBos = false, addEos = false;
  };

  /// The array of that key, of strings or numbers; null if it is not there.
  const nlohmann::json::array_t *array(llvm::StringRef key, bool isNeeded);
  void readTokens();
  void addToken(uint32_t id, const std::string &content, TokenType type);
  void makeAdded(uint32_t id, llvm::StringRef content, bool isSpecial);
  std::optional<uint32_t> idOf(llvm::StringRef name) const;
  /// Makes control tokens of those known by name; returns the ones that end an
  /// answer.
  std::vector<uint32_t> markControls();
  /// One score for each token, in single precision; zeros if there are none.
  void readScores();
  std::optional<uint32_t> readId(llvm::StringRef key,
                                 std::optional<uint32_t> otherwise);
  void readUnknown(uint32_t otherwise);
  /// Ends `parts`: bos, eos, and the tokens around a text; the chat template
  /// and the names it knows.
  void readSpecialTokens(const Defaults &defaults);
  void readChat();

  const GgufPreTokenizer *readSplitter();
  void readMerges();
  void checkByteTokens();
  NormalizerParts makeSpaceStep(bool addsPrefix) const;
  void readCharsmap(NormalizerParts &step);
  void addWordSteps();

  GgufKeys keys, chat;
  TokenizerParts parts;
  /// By id.
  std::vector<TokenType> types;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZERREADER_H
