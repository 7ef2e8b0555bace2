//===- Vocabulary.cpp - What each id stands for ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vocabulary.h"
#include <algorithm>

using namespace swage::text;

/// FNV-1a, finished so that the low bits depend on all bytes.
static size_t hashBytes(Span bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t i = 0; i < bytes.size; ++i)
    hash = (hash ^ static_cast<unsigned char>(bytes.data[i])) * 0x100000001B3u;
  return size_t(hash ^ hash >> 32);
}

static bool equal(Span a, Span b) {
  return a.size == b.size && std::memcmp(a.data, b.data, a.size) == 0;
}

swage_status_code_t Vocabulary::create(const schema::text::Tokenizer &model,
                                       swage_status_t *status) {
  offsets = model.token_offsets();
  flags = model.token_flags();
  data = model.token_bytes()->data();
  size_t total = model.token_bytes()->size();
  if (offsets->size() < 2 || offsets->size() - 1 > size_t(INT32_MAX))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: %zu token offsets, want one more than there are "
                "tokens",
                size_t(offsets->size()));
  count = offsets->size() - 1;
  if (flags->size() != count)
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: flags for %zu tokens, want %zu",
                size_t(flags->size()), count);
  for (uint32_t id = 0; id < count; ++id)
    if (offsets->Get(id) > offsets->Get(id + 1))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: token %u starts at byte %u, behind its end at %u",
                  id, offsets->Get(id), offsets->Get(id + 1));
  if (offsets->Get(0) != 0 || offsets->Get(count) != total)
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: tokens take bytes %u to %u, want 0 to %zu",
                offsets->Get(0), offsets->Get(count), total);
  unknown = model.unknown_token();
  fuseUnknown = model.fuse_unknown();
  byteFallback = model.byte_fallback();
  if (unknown < -1 || (unknown >= 0 && size_t(unknown) >= count))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: unknown token %d is outside the vocabulary of %zu",
                unknown, count);
  findByteTokens();
  bool looksUp = model.model() != schema::text::ModelKind::ByteLevelBpe ||
                 model.ignore_merges();
  return looksUp ? index(status) : SWAGE_OK;
}

int swage::text::byteOfToken(Span token) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
  };
  if (token.size != 6 || std::memcmp(token.data, "<0x", 3) != 0 ||
      token.data[5] != '>')
    return -1;
  int high = digit(token.data[3]), low = digit(token.data[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void Vocabulary::findByteTokens() {
  std::fill(std::begin(byteTokens), std::end(byteTokens), -1);
  for (size_t id = 0; byteFallback && id < count; ++id) {
    int byte = byteOfToken(bytes(id));
    bool upperCase = byte >= 0;
    for (size_t i = 3; upperCase && i < 5; ++i)
      upperCase = bytes(id).data[i] < 'a';
    if (upperCase)
      byteTokens[byte] = int32_t(id);
  }
}

bool Vocabulary::appendKnown(int32_t id, UnknownRun &run,
                             Array<int32_t> &out) const {
  run.open = false;
  return out.append(id);
}

bool Vocabulary::appendUnknown(Span text, UnknownRun &run,
                               Array<int32_t> &out) const {
  bool hasBytes = byteFallback;
  for (size_t i = 0; hasBytes && i < text.size; ++i)
    hasBytes = byteTokens[static_cast<unsigned char>(text.data[i])] >= 0;
  if (hasBytes) {
    run.open = false;
    for (size_t i = 0; i < text.size; ++i)
      if (!out.append(byteTokens[static_cast<unsigned char>(text.data[i])]))
        return false;
    return true;
  }
  bool joins = run.open && fuseUnknown;
  run.open = true;
  return unknown < 0 || joins || out.append(unknown);
}

swage_status_code_t Vocabulary::index(swage_status_t *status) {
  size_t capacity = 16;
  while (capacity / 4 * 3 < count)
    capacity *= 2;
  if (!slots.assign(capacity, -1))
    return outOfMemory(status);
  for (size_t id = 0; id < count; ++id) {
    if (!fromModel(id))
      continue;
    size_t at = hashBytes(bytes(id)) & (capacity - 1);
    for (; slots[at] >= 0; at = (at + 1) & (capacity - 1))
      if (equal(bytes(slots[at]), bytes(id)))
        return fail(status, SWAGE_DATA_LOSS,
                    "tokenizer: tokens %d and %zu have the same bytes",
                    slots[at], id);
    slots[at] = int32_t(id);
    longest = std::max(longest, bytes(id).size);
  }
  return SWAGE_OK;
}

bool Vocabulary::concatenates(size_t left, size_t right, size_t whole) const {
  Span a = bytes(left), b = bytes(right), ab = bytes(whole);
  return ab.size == a.size + b.size &&
         std::memcmp(ab.data, a.data, a.size) == 0 &&
         std::memcmp(ab.data + a.size, b.data, b.size) == 0;
}

int32_t Vocabulary::find(Span wanted) const {
  if (wanted.size > longest)
    return -1;
  size_t mask = slots.size() - 1;
  for (size_t at = hashBytes(wanted) & mask; slots[at] >= 0;
       at = (at + 1) & mask)
    if (equal(bytes(slots[at]), wanted))
      return slots[at];
  return -1;
}
