//===- Unigram.cpp - The most probable segmentation -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Unigram.h"
#include <algorithm>

using namespace swage::text;

swage_status_code_t Unigram::create(const schema::text::Tokenizer &model,
                                    const Vocabulary &tokens,
                                    swage_status_t *status) {
  vocabulary = &tokens;
  scores = model.token_scores();
  unknownScore = model.unknown_score();
  unknown = model.unknown_token();
  for (size_t id = 0; id < tokens.size(); ++id)
    if (tokens.fromModel(id) && tokens.bytes(id).size &&
        !sorted.append(int32_t(id)))
      return outOfMemory(status);
  std::sort(sorted.begin(), sorted.end(), [&](int32_t a, int32_t b) {
    Span x = tokens.bytes(size_t(a)), y = tokens.bytes(size_t(b));
    int order = std::memcmp(x.data, y.data, std::min(x.size, y.size));
    return order ? order < 0 : x.size < y.size;
  });
  for (int32_t id : sorted)
    ++firstOf[static_cast<unsigned char>(*tokens.bytes(size_t(id)).data) + 1];
  for (size_t byte = 0; byte < 256; ++byte)
    firstOf[byte + 1] += firstOf[byte];
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
        node = {score, uint32_t(at), id};
    };
    // Narrows the sorted tokens byte by byte to those that the text starts
    // with; the shortest of those left comes first.
    auto first = static_cast<unsigned char>(piece.data[at]);
    const int32_t *low = sorted.data() + firstOf[first];
    const int32_t *high = sorted.data() + firstOf[first + 1];
    bool wholeCharacter = false;
    for (size_t depth = 0; low != high; ++depth) {
      Span shortest = vocabulary->bytes(size_t(*low));
      if (shortest.size == depth + 1) {
        offer(at + depth + 1, before + scores->Get(uint32_t(*low)), *low);
        wholeCharacter |= depth + 1 == length;
        ++low;
      }
      if (at + depth + 1 == piece.size)
        break;
      auto wanted = static_cast<unsigned char>(piece.data[at + depth + 1]);
      auto byteOf = [&](int32_t id) {
        return static_cast<unsigned char>(
            vocabulary->bytes(size_t(id)).data[depth + 1]);
      };
      low = std::lower_bound(
          low, high, wanted,
          [&](int32_t id, unsigned char byte) { return byteOf(id) < byte; });
      high = std::upper_bound(
          low, high, wanted,
          [&](unsigned char byte, int32_t id) { return byte < byteOf(id); });
    }
    if (!wholeCharacter)
      offer(at + length, before + unknownScore, -1);
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
