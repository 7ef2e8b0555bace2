//===- ScoredBpe.cpp - Byte pair encoding by scores -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoredBpe.h"
#include <algorithm>

using namespace swage::text;

swage_status_code_t ScoredBpe::create(const schema::text::Tokenizer &model,
                                      const Vocabulary &tokens,
                                      swage_status_t *status) {
  vocabulary = &tokens;
  const auto &scores = *model.token_scores();
  Array<uint32_t> order(ranks.memory());
  if (!order.assign(tokens.size(), 0) || !ranks.assign(tokens.size(), 0))
    return outOfMemory(status);
  for (uint32_t id = 0; id < order.size(); ++id)
    order[id] = id;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return scores.Get(a) > scores.Get(b);
  });
  for (uint32_t i = 1; i < order.size(); ++i)
    ranks[order[i]] = ranks[order[i - 1]] +
                      (scores.Get(order[i]) != scores.Get(order[i - 1]));
  return SWAGE_OK;
}

bool ScoredBpe::enqueue(Span piece, const Array<Symbol> &symbols,
                        int32_t position, Array<Candidate> &queue) const {
  const Symbol &left = symbols[size_t(position)];
  if (left.next < 0)
    return true;
  uint32_t size = left.size + symbols[size_t(left.next)].size;
  int32_t id = vocabulary->find({piece.data + left.begin, size});
  if (id < 0)
    return true;
  if (!queue.append({ranks[size_t(id)], uint32_t(position), size}))
    return false;
  std::push_heap(
      queue.begin(), queue.end(), [](const Candidate &a, const Candidate &b) {
        return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
      });
  return true;
}

bool ScoredBpe::encode(Span piece, Array<int32_t> &out) const {
  Array<Symbol> symbols(out.memory());
  Array<Candidate> queue(out.memory());
  for (uint32_t at = 0; at < piece.size;) {
    uint32_t size = nextUnit({piece.data + at, piece.size - at}).length;
    int32_t position = int32_t(symbols.size());
    int32_t next = at + size < piece.size ? position + 1 : -1;
    if (!symbols.append({at, size, position - 1, next}))
      return false;
    at += size;
  }
  for (size_t i = 0; i < symbols.size(); ++i)
    if (!enqueue(piece, symbols, int32_t(i), queue))
      return false;
  while (!queue.empty()) {
    std::pop_heap(
        queue.begin(), queue.end(), [](const Candidate &a, const Candidate &b) {
          return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
        });
    Candidate best = queue[queue.size() - 1];
    queue.pop();
    Symbol &left = symbols[best.position];
    if (left.size == 0 || left.next < 0)
      continue;
    Symbol &right = symbols[size_t(left.next)];
    // One of the two may have grown since this was queued.
    if (left.size + right.size != best.size)
      continue;
    left.size = best.size;
    left.next = right.next;
    right.size = 0;
    if (right.next >= 0)
      symbols[size_t(right.next)].previous = int32_t(best.position);
    if (left.previous >= 0 && !enqueue(piece, symbols, left.previous, queue))
      return false;
    if (!enqueue(piece, symbols, int32_t(best.position), queue))
      return false;
  }
  UnknownRun run;
  for (const Symbol &symbol : symbols) {
    if (symbol.size == 0)
      continue;
    Span bytes = {piece.data + symbol.begin, symbol.size};
    int32_t id = vocabulary->find(bytes);
    if (id < 0 ? !vocabulary->appendUnknown(bytes, run, out)
               : !vocabulary->appendKnown(id, run, out))
      return false;
  }
  return true;
}
