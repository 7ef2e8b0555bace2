//===- WordPiece.h - Longest match first ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_WORDPIECE_H
#define SWAGE_TEXT_WORDPIECE_H

#include "Vocabulary.h"

namespace swage::text {

/// Takes the longest token again and again; a word that this does not cover is
/// unknown as a whole.
class WordPiece {
public:
  void create(const schema::text::Tokenizer &model,
              const Vocabulary &vocabulary);

  /// Appends the ids of `word`, in time linear in its length.
  [[nodiscard]] bool encode(Span word, Array<int32_t> &out) const;

private:
  const Vocabulary *vocabulary = nullptr;
  /// In front of a word's other tokens, and of the word itself.
  Span prefix = {"", 0}, wordPrefix = {"", 0};
  uint32_t maximum = 0;
};

} // namespace swage::text

#endif // SWAGE_TEXT_WORDPIECE_H
