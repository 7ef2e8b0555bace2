//===- Vocabulary.cpp - What each id stands for ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vocabulary.h"

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
  return model.ignore_merges() ? index(status) : SWAGE_OK;
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
  size_t mask = slots.size() - 1;
  for (size_t at = hashBytes(wanted) & mask; slots[at] >= 0;
       at = (at + 1) & mask)
    if (equal(bytes(slots[at]), wanted))
      return slots[at];
  return -1;
}
