//===- AddedTokens.h - Tokens that are spelled out in the text ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_ADDEDTOKENS_H
#define SWAGE_TEXT_ADDEDTOKENS_H

#include "Normalizer.h"
#include "Vocabulary.h"

namespace swage::text {

/// A part of a text: an added token, or text between them (id is -1).
struct Part {
  uint32_t begin, end;
  int32_t id;
};

/// The added tokens that are looked for at the same time.
class AddedTokens {
public:
  explicit AddedTokens(const swage_allocator_t &allocator)
      : contents(allocator), sorted(allocator) {}

  /// Takes those of `model` whose `normalized` is as asked; checks them. What
  /// is looked for in normalized text is normalized, too.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             bool normalized, size_t vocabularySize,
                             const Normalizer &normalizer,
                             const RegexMemory &memory, swage_status_t *status);

  /// What `id` is written as: its text here, or `otherwise`.
  Span spelling(int32_t id, Span otherwise) const;

  /// Cuts text[begin, end) at the tokens in it and appends the parts to `out`.
  /// Leftmost match first, the longest of those; a match that its flags forbid
  /// is text, and is not searched for shorter tokens.
  swage_status_code_t split(Span text, uint32_t begin, uint32_t end,
                            bool parseSpecial, const RegexMemory &memory,
                            Array<Part> &out, swage_status_t *status) const;

private:
  struct Token {
    const schema::text::AddedToken *table;
    /// Where its text stands in `contents`.
    size_t begin, size;
  };

  Span contentOf(const Token &token) const {
    return {contents.data() + token.begin, token.size};
  }
  const Token *longestAt(Span text, size_t at) const;
  swage_status_code_t isWord(Span character, const RegexMemory &memory,
                             RegexScratch &scratch, Array<Range> &ranges,
                             bool &out, swage_status_t *status) const;

  /// By content, in the order of bytes.
  Array<char> contents;
  Array<Token> sorted;
  bool startsToken[256] = {};
  /// Matches a character that words are made of; compiled if a token asks.
  Regex word;
};

} // namespace swage::text

#endif // SWAGE_TEXT_ADDEDTOKENS_H
