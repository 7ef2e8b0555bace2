//===- PieceModel.h - The model that turns pieces into ids ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_PIECEMODEL_H
#define SWAGE_TEXT_PIECEMODEL_H

#include "Bpe.h"
#include "ScoredBpe.h"
#include "Unigram.h"
#include "WordPiece.h"

namespace swage::text {

/// One of the models, as the table says.
class PieceModel {
public:
  explicit PieceModel(const swage_allocator_t &allocator)
      : bpe(allocator), scoredBpe(allocator), unigram(allocator) {}

  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const Vocabulary &vocabulary,
                             swage_status_t *status);

  [[nodiscard]] bool encode(Span piece, BpeScratch &scratch,
                            Array<int32_t> &out) const;

private:
  enum { Merges, Scores, Probabilities, Words } kind = Merges;
  Bpe bpe;
  ScoredBpe scoredBpe;
  Unigram unigram;
  WordPiece wordPiece;
};

} // namespace swage::text

#endif // SWAGE_TEXT_PIECEMODEL_H
