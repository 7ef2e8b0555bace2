//===- ScoredBpe.h - Byte pair encoding by scores -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_SCOREDBPE_H
#define SWAGE_TEXT_SCOREDBPE_H

#include "TokenPrefixes.h"

namespace swage::text {

/// The merging of SentencePiece: two neighbours merge if together they are a
/// token, the token with the highest score first, the leftmost among equals.
/// User-defined tokens take part in no merge. What became an unused token in
/// the end is taken apart again.
class ScoredBpe {
public:
  explicit ScoredBpe(const swage_allocator_t &allocator)
      : ranks(allocator), userDefined(allocator) {}

  /// Checks the scores of `model` and ranks tokens by them.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const Vocabulary &vocabulary,
                             swage_status_t *status);

  /// Appends the ids of `piece`; n characters take O(n log n).
  [[nodiscard]] bool encode(Span piece, Array<int32_t> &out) const;

private:
  struct Symbol {
    uint32_t begin, size;
    int32_t previous, next;
    bool isUserDefined;
  };
  struct Candidate {
    uint32_t rank, position, size;
  };

  /// For each unused token, the size of the left of the two that last could
  /// have become it, 0 if there were none. Empty as long as there are none at
  /// all.
  using Splits = Array<uint32_t>;

  [[nodiscard]] bool enqueue(Span piece, const Array<Symbol> &symbols,
                             int32_t position, Array<Candidate> &queue,
                             Splits &splits) const;
  [[nodiscard]] bool appendSymbol(Span bytes, const Splits &splits,
                                  UnknownRun &run, Array<int32_t> &out) const;

  const Vocabulary *vocabulary = nullptr;
  /// By id: 0 for the highest score; equal scores have equal ranks.
  Array<uint32_t> ranks;
  TokenPrefixes userDefined;
};

} // namespace swage::text

#endif // SWAGE_TEXT_SCOREDBPE_H
