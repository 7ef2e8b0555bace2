//===- Bpe.h - Byte pair encoding -----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_BPE_H
#define SWAGE_TEXT_BPE_H

#include "Status.h"
#include "Utf8.h"
#include "Vocabulary.h"

namespace swage::text {

/// What one thread needs to encode; kept between pieces to save allocations.
struct BpeScratch {
  /// A symbol of the piece; symbols form a list in the order of the text.
  struct Symbol {
    uint32_t id;
    int32_t previous, next;
    bool removed;
  };
  /// A pair that may be merged, unless it has changed by the time it is its
  /// turn.
  struct Candidate {
    uint32_t rank, position, result;
  };

  explicit BpeScratch(const swage_allocator_t &allocator)
      : ids(allocator), symbols(allocator), queue(allocator) {}

  Array<int32_t> ids;
  Array<Symbol> symbols;
  Array<Candidate> queue;
};

/// The merges of a model, looked up by pair.
class Bpe {
public:
  explicit Bpe(const swage_allocator_t &allocator) : slots(allocator) {}

  /// Checks `model` against `vocabulary` and indexes it. Both outlive this.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const Vocabulary &vocabulary,
                             swage_status_t *status);

  /// Appends the ids of `piece` to `out`. The best merge goes first, the
  /// leftmost among equals, as long as one applies: n symbols take O(n log n).
  [[nodiscard]] bool encode(Span piece, BpeScratch &scratch,
                            Array<int32_t> &out) const;

private:
  struct Slot {
    uint32_t left, right, rank, result;
  };

  const Slot *find(uint32_t left, uint32_t right) const;
  [[nodiscard]] bool appendSymbols(Span piece, BpeScratch &scratch) const;
  [[nodiscard]] bool appendCharacters(Span piece, BpeScratch &scratch) const;
  [[nodiscard]] bool enqueue(BpeScratch &scratch, int32_t position) const;

  const Vocabulary *vocabulary = nullptr;
  /// Open addressing; an empty slot has the rank kEmpty.
  Array<Slot> slots;
  /// The id of each byte, -1: none.
  int32_t byteIds[256];
  int32_t unknown = -1;
  bool fuseUnknown = false;
  bool ignoreMerges = false;
  /// Symbols start as bytes, else as characters.
  bool byteLevel = true;
};

} // namespace swage::text

#endif // SWAGE_TEXT_BPE_H
