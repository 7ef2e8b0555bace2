//===- PieceModel.cpp - The model that turns pieces into ids --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PieceModel.h"
#include "runtime/support/Vectors.h"
#include <cmath>

using namespace swage::text;
using swage::schema::text::ModelKind;

swage_status_code_t PieceModel::create(const schema::text::Tokenizer &model,
                                       const Vocabulary &vocabulary,
                                       swage_status_t *status) {
  auto *scores = model.token_scores();
  bool weighs = model.model() == ModelKind::Unigram ||
                (model.model() == ModelKind::CharacterBpe && scores);
  if (weighs && (!scores || scores->size() != vocabulary.size()))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: scores for %zu tokens, want %zu",
                scores ? size_t(scores->size()) : 0, vocabulary.size());
  if (weighs && !isAligned(scores))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: scores are not 8-byte aligned");
  for (uint32_t id = 0; weighs && id < scores->size(); ++id)
    if (!std::isfinite(scores->Get(id)))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: the score of token %u is not finite", id);
  if (!std::isfinite(model.unknown_score()))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: the unknown score is not finite");
  switch (model.model()) {
  case ModelKind::ByteLevelBpe:
  case ModelKind::CharacterBpe:
    if (weighs && (!model.merges() || model.merges()->size() == 0)) {
      kind = Scores;
      return scoredBpe.create(model, vocabulary, status);
    }
    return bpe.create(model, vocabulary, status);
  case ModelKind::Unigram:
    kind = Probabilities;
    return unigram.create(model, vocabulary, status);
  case ModelKind::WordPiece:
    kind = Words;
    if (auto *prefix = model.word_prefix();
        prefix && !isWellFormed({prefix->c_str(), prefix->size()}))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: the prefix of words is not UTF-8");
    wordPiece.create(model, vocabulary);
    return SWAGE_OK;
  }
  return fail(status, SWAGE_UNSUPPORTED,
              "tokenizer: model kind %u, supported are 0 to %u",
              unsigned(model.model()), unsigned(ModelKind::MAX));
}

bool PieceModel::encode(Span piece, BpeScratch &scratch,
                        Array<int32_t> &out) const {
  switch (kind) {
  case Merges:
    return bpe.encode(piece, scratch, out);
  case Scores:
    return scoredBpe.encode(piece, out);
  case Probabilities:
    return unigram.encode(piece, out);
  case Words:
    return wordPiece.encode(piece, out);
  }
  return false;
}
