//===- Unigram.cpp - The most probable segmentation -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Unigram.h"

using namespace swage::text;

swage_status_code_t Unigram::create(const schema::text::Tokenizer &model,
                                    const Vocabulary &tokens,
                                    swage_status_t *status) {
  vocabulary = &tokens;
  scores = model.token_scores();
  unknownScore = model.unknown_score();
  unknown = model.unknown_token();
  singlePrecision = model.single_precision();
  if (!prefixes.create(tokens, schema::text::TokenFlag::Model))
    return outOfMemory(status);
  return SWAGE_OK;
}

bool Unigram::encode(Span piece, Array<int32_t> &out) const {
  constexpr uint32_t kNowhere = UINT32_MAX;
  Array<Node> nodes(out.memory());
  if (!nodes.assign(piece.size + 1, {0, kNowhere, -1}))
    return false;
  for (size_t at = 0; at < piece.size;) {
    double before = nodes[at].score;
    uint32_t length = nextUnit({piece.data + at, piece.size - at}).length;
    auto offer = [&](size_t end, double score, int32_t id) {
      Node &node = nodes[end];
      if (node.begin == kNowhere || score > node.score)
        node = {singlePrecision ? double(float(score)) : score, uint32_t(at),
                id};
    };
    bool wholeCharacter = false;
    prefixes.visit({piece.data + at, piece.size - at},
                   [&](size_t size, int32_t id) {
                     offer(at + size, before + scores->Get(uint32_t(id)), id);
                     wholeCharacter |= size == length;
                   });
    if (!wholeCharacter) {
      double score = before + unknownScore;
      offer(at + length, singlePrecision ? double(float(score)) : score, -1);
    }
    at += length;
  }

  // Back from the end: the tokens of the best way, last one first.
  Array<uint32_t> ends(out.memory());
  for (size_t end = piece.size; end > 0; end = nodes[end].begin)
    if (!ends.append(uint32_t(end)))
      return false;
  // Unknown characters in a row, and the unknown token where the text spells
  // it, count as one.
  size_t runBegin = 0;
  auto endRun = [&](size_t end) {
    Span run = {piece.data + runBegin, end - runBegin};
    if (!run.size)
      return true;
    UnknownRun single;
    int32_t whole = vocabulary->find(run);
    return whole < 0 ? vocabulary->appendUnknown(run, single, out)
                     : out.append(whole);
  };
  for (size_t i = ends.size(); i-- > 0;) {
    const Node &node = nodes[ends[i]];
    if (node.id < 0 || node.id == unknown)
      continue;
    if (!endRun(node.begin) || !out.append(node.id))
      return false;
    runBegin = ends[i];
  }
  return endRun(piece.size);
}
