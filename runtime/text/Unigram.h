//===- Unigram.h - The most probable segmentation -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_UNIGRAM_H
#define SWAGE_TEXT_UNIGRAM_H

#include "TokenPrefixes.h"

namespace swage::text {

/// Viterbi's algorithm over the tokens' scores, as in Hugging Face tokenizers
/// or, in single precision, SentencePiece.
class Unigram {
public:
  explicit Unigram(const swage_allocator_t &allocator) : prefixes(allocator) {}

  /// Sorts the tokens, so that all that a text starts with can be found.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const Vocabulary &vocabulary,
                             swage_status_t *status);

  /// Appends the ids of `piece`. Time is linear in its length.
  [[nodiscard]] bool encode(Span piece, Array<int32_t> &out) const;

private:
  /// The best way to get to a place in the text; its token starts at `begin`.
  struct Node {
    double score;
    uint32_t begin;
    int32_t id;
  };

  const Vocabulary *vocabulary = nullptr;
  const flatbuffers::Vector<double> *scores = nullptr;
  double unknownScore = 0;
  int32_t unknown = -1;
  bool singlePrecision = false;
  TokenPrefixes prefixes;
};

} // namespace swage::text

#endif // SWAGE_TEXT_UNIGRAM_H
