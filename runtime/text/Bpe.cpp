//===- Bpe.cpp - Byte pair encoding ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bpe.h"
#include <algorithm>

using namespace swage::text;

/// The rank of an empty slot.
static constexpr uint32_t kEmpty = UINT32_MAX;

static size_t hashPair(uint32_t left, uint32_t right) {
  uint64_t key = uint64_t(left) << 32 | right;
  key *= 0x9E3779B97F4A7C15u;
  return size_t(key >> 32);
}

swage_status_code_t Bpe::create(const schema::text::Tokenizer &model,
                                const Vocabulary &tokens,
                                swage_status_t *status) {
  vocabulary = &tokens;
  unknown = model.unknown_token();
  fuseUnknown = model.fuse_unknown();
  ignoreMerges = model.ignore_merges();
  byteLevel = model.model() == schema::text::ModelKind::ByteLevelBpe;
  size_t size = tokens.size();

  std::fill(std::begin(byteIds), std::end(byteIds), -1);
  for (size_t id = 0; id < size; ++id) {
    Span bytes = tokens.bytes(id);
    if (bytes.size == 1 && tokens.fromModel(id))
      byteIds[static_cast<unsigned char>(bytes.data[0])] = int32_t(id);
  }

  size_t count = model.merges() ? model.merges()->size() : 0;
  size_t capacity = 16;
  while (capacity / 4 * 3 < count)
    capacity *= 2;
  if (!slots.assign(capacity, {0, 0, kEmpty, 0}))
    return outOfMemory(status);
  for (uint32_t rank = 0; rank < count; ++rank) {
    const schema::text::Merge *merge = model.merges()->Get(rank);
    uint32_t left = merge->left(), right = merge->right();
    uint32_t result = merge->result();
    if (std::max({left, right, result}) >= size)
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: merge %u of %u and %u to %u is outside the "
                  "vocabulary of %zu",
                  rank, left, right, result, size);
    if (!tokens.fromModel(result) || !tokens.concatenates(left, right, result))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: merge %u: token %u is not token %u followed by "
                  "token %u",
                  rank, result, left, right);
    size_t at = hashPair(left, right) & (capacity - 1);
    for (; slots[at].rank != kEmpty; at = (at + 1) & (capacity - 1))
      if (slots[at].left == left && slots[at].right == right)
        return fail(status, SWAGE_DATA_LOSS,
                    "tokenizer: merge %u repeats merge %u", rank,
                    slots[at].rank);
    slots[at] = {left, right, rank, result};
  }
  return SWAGE_OK;
}

const Bpe::Slot *Bpe::find(uint32_t left, uint32_t right) const {
  size_t mask = slots.size() - 1;
  for (size_t at = hashPair(left, right) & mask; slots[at].rank != kEmpty;
       at = (at + 1) & mask)
    if (slots[at].left == left && slots[at].right == right)
      return &slots[at];
  return nullptr;
}

/// Fills `symbols` with the ids of the bytes. A byte that the model has no
/// token for becomes the unknown token or, if there is none, nothing.
bool Bpe::appendSymbols(Span piece, BpeScratch &scratch) const {
  Array<BpeScratch::Symbol> &symbols = scratch.symbols;
  symbols.clear();
  if (!symbols.reserve(piece.size))
    return false;
  bool afterUnknown = false;
  for (size_t i = 0; i < piece.size; ++i) {
    int32_t id = byteIds[static_cast<unsigned char>(piece.data[i])];
    bool isUnknown = id < 0;
    if (isUnknown) {
      id = unknown;
      if (id < 0 || (afterUnknown && fuseUnknown))
        continue;
    }
    afterUnknown = isUnknown;
    int32_t position = int32_t(symbols.size());
    if (!symbols.append({uint32_t(id), position - 1, position + 1, false}))
      return false;
  }
  if (!symbols.empty())
    symbols[symbols.size() - 1].next = -1;
  return true;
}

/// The same with characters, which byte fallback may make several symbols.
bool Bpe::appendCharacters(Span piece, BpeScratch &scratch) const {
  scratch.ids.clear();
  UnknownRun run;
  for (size_t at = 0; at < piece.size;) {
    Span character = {piece.data + at, 0};
    character.size = nextUnit({character.data, piece.size - at}).length;
    int32_t id = vocabulary->find(character);
    if (id < 0 ? !vocabulary->appendUnknown(character, run, scratch.ids)
               : !vocabulary->appendKnown(id, run, scratch.ids))
      return false;
    at += character.size;
  }
  scratch.symbols.clear();
  int32_t count = int32_t(scratch.ids.size());
  for (int32_t i = 0; i < count; ++i)
    if (!scratch.symbols.append({uint32_t(scratch.ids[size_t(i)]), i - 1,
                                 i + 1 < count ? i + 1 : -1, false}))
      return false;
  return true;
}

/// The order of the queue: std::push_heap puts the last in this order first.
static bool later(const BpeScratch::Candidate &a,
                  const BpeScratch::Candidate &b) {
  return a.rank != b.rank ? a.rank > b.rank : a.position > b.position;
}

/// Queues the pair that starts at `position`, if it is one that merges.
bool Bpe::enqueue(BpeScratch &scratch, int32_t position) const {
  const BpeScratch::Symbol &symbol = scratch.symbols[position];
  if (symbol.next < 0)
    return true;
  const Slot *slot = find(symbol.id, scratch.symbols[symbol.next].id);
  if (!slot)
    return true;
  if (!scratch.queue.append({slot->rank, uint32_t(position), slot->result}))
    return false;
  std::push_heap(scratch.queue.begin(), scratch.queue.end(), later);
  return true;
}

bool Bpe::encode(Span piece, BpeScratch &scratch, Array<int32_t> &out) const {
  if (ignoreMerges) {
    int32_t whole = vocabulary->find(piece);
    if (whole >= 0)
      return out.append(whole);
  }
  if (byteLevel ? !appendSymbols(piece, scratch)
                : !appendCharacters(piece, scratch))
    return false;
  Array<BpeScratch::Symbol> &symbols = scratch.symbols;
  scratch.queue.clear();
  for (size_t i = 0; i < symbols.size(); ++i)
    if (!enqueue(scratch, int32_t(i)))
      return false;

  while (!scratch.queue.empty()) {
    std::pop_heap(scratch.queue.begin(), scratch.queue.end(), later);
    BpeScratch::Candidate best = scratch.queue[scratch.queue.size() - 1];
    scratch.queue.pop();
    BpeScratch::Symbol &left = symbols[best.position];
    if (left.removed || left.next < 0)
      continue;
    BpeScratch::Symbol &right = symbols[left.next];
    // One of the two may have become another symbol since this was queued.
    const Slot *now = find(left.id, right.id);
    if (!now || now->result != best.result)
      continue;
    left.id = best.result;
    left.next = right.next;
    right.removed = true;
    if (right.next >= 0)
      symbols[right.next].previous = int32_t(best.position);
    if (left.previous >= 0 && !enqueue(scratch, left.previous))
      return false;
    if (!enqueue(scratch, int32_t(best.position)))
      return false;
  }
  for (const BpeScratch::Symbol &symbol : symbols)
    if (!symbol.removed && !out.append(int32_t(symbol.id)))
      return false;
  return true;
}
