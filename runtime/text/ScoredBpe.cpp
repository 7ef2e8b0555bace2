//===- ScoredBpe.cpp - Byte pair encoding by scores -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoredBpe.h"
#include <algorithm>

using namespace swage::text;
using swage::schema::text::TokenFlag;

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
  return userDefined.create(tokens, TokenFlag::UserDefined)
             ? SWAGE_OK
             : outOfMemory(status);
}

bool ScoredBpe::enqueue(Span piece, const Array<Symbol> &symbols,
                        int32_t position, Array<Candidate> &queue,
                        Splits &splits) const {
  const Symbol &left = symbols[size_t(position)];
  if (left.next < 0 || left.isUserDefined ||
      symbols[size_t(left.next)].isUserDefined)
    return true;
  uint32_t size = left.size + symbols[size_t(left.next)].size;
  int32_t id = vocabulary->find({piece.data + left.begin, size});
  if (id < 0)
    return true;
  if (vocabulary->has(size_t(id), TokenFlag::Unused)) {
    if (splits.empty() && !splits.assign(vocabulary->size(), 0))
      return false;
    splits[size_t(id)] = left.size;
  }
  if (!queue.append({ranks[size_t(id)], uint32_t(position), size}))
    return false;
  std::push_heap(
      queue.begin(), queue.end(), [](const Candidate &a, const Candidate &b) {
        return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
      });
  return true;
}

/// Appends the token of a symbol or, if that is unused, those that it was
/// merged from, down to characters, which are unknown then.
bool ScoredBpe::appendSymbol(Span bytes, const Splits &splits, UnknownRun &run,
                             Array<int32_t> &out) const {
  Array<Span> rest(out.memory());
  if (!rest.append(bytes))
    return false;
  while (!rest.empty()) {
    Span part = rest[rest.size() - 1];
    rest.pop();
    int32_t id = vocabulary->find(part);
    uint32_t left = 0;
    if (id >= 0 && vocabulary->has(size_t(id), TokenFlag::Unused)) {
      left = splits.empty() ? 0 : splits[size_t(id)];
      id = -1;
    }
    if (left     ? !rest.append({part.data + left, part.size - left}) ||
                       !rest.append({part.data, left})
        : id < 0 ? !vocabulary->appendUnknown(part, run, out)
                 : !vocabulary->appendKnown(id, run, out))
      return false;
  }
  return true;
}

bool ScoredBpe::encode(Span piece, Array<int32_t> &out) const {
  Array<Symbol> symbols(out.memory());
  Array<Candidate> queue(out.memory());
  Splits splits(out.memory());
  for (uint32_t at = 0; at < piece.size;) {
    Span rest = {piece.data + at, piece.size - at};
    auto size = uint32_t(userDefined.longest(rest));
    bool isUserDefined = size != 0;
    if (!isUserDefined)
      size = nextUnit(rest).length;
    int32_t position = int32_t(symbols.size());
    int32_t next = at + size < piece.size ? position + 1 : -1;
    if (!symbols.append({at, size, position - 1, next, isUserDefined}))
      return false;
    at += size;
  }
  for (size_t i = 0; i < symbols.size(); ++i)
    if (!enqueue(piece, symbols, int32_t(i), queue, splits))
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
    if (left.previous >= 0 &&
        !enqueue(piece, symbols, left.previous, queue, splits))
      return false;
    if (!enqueue(piece, symbols, int32_t(best.position), queue, splits))
      return false;
  }
  UnknownRun run;
  for (const Symbol &symbol : symbols) {
    if (symbol.size == 0)
      continue;
    Span bytes = {piece.data + symbol.begin, symbol.size};
    if (!appendSymbol(bytes, splits, run, out))
      return false;
  }
  return true;
}
