//===- Texts.cpp - Texts side by side as rows of a batch ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Texts.h"

namespace swage::runtime {

Code countCells(const swage_padded_batch_t &batch, size_t &cells,
                swage_status_t *status) {
  if (!batch.tokens || batch.batch_count == 0 || batch.length == 0 ||
      __builtin_mul_overflow(batch.batch_count, batch.length, &cells))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu texts of %zu tokens%s, require at least 1 of each",
                batch.batch_count, batch.length,
                batch.tokens ? "" : " at no address");
  return SWAGE_OK;
}

Code checkMask(const swage_padded_batch_t &batch, size_t text,
               swage_status_t *status) {
  if (!batch.mask)
    return SWAGE_OK;
  const int32_t *mask = batch.mask + text * batch.length;
  bool seenToken = false, seenEnd = false;
  for (size_t i = 0; i < batch.length; ++i) {
    if (mask[i] != 0 && mask[i] != 1)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "mask row %zu, column %zu: have %d, require 0 or 1", text, i,
                  mask[i]);
    if (mask[i] && seenEnd)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "mask row %zu, column %zu: have a token behind a hole, "
                  "require padding only at the ends",
                  text, i);
    seenEnd |= seenToken && !mask[i];
    seenToken |= mask[i] == 1;
  }
  return SWAGE_OK;
}

void tokenRange(const swage_padded_batch_t &batch, size_t text, size_t &begin,
                size_t &end) {
  auto isToken = [&](size_t column) {
    return !batch.mask || batch.mask[text * batch.length + column];
  };
  begin = 0;
  while (begin < batch.length && !isToken(begin))
    ++begin;
  end = batch.length;
  while (end > begin && !isToken(end - 1))
    --end;
}

Code TextPiece::findRoom(swage_status_t *status) {
  room = freeSequences(s);
  if (room == 0)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "have %u sequences, require a free one; raise max_sequences",
                s.info.max_sequences);
  return SWAGE_OK;
}

Code TextPiece::begin(size_t text, uint32_t length, swage_status_t *status) {
  swage_sequence_t id;
  if (Code code = swage_sequence_create(&s, &id, status))
    return code;
  s.sequences[size_t(id)].declared = length;
  s.padded.texts[sequences] = text;
  s.padded.sequences[sequences++] = {id, 0};
  return SWAGE_OK;
}

void TextPiece::add(size_t place, size_t count) {
  PaddedScratch &piece = s.padded;
  piece.sequences[sequences - 1].row_count += uint32_t(count);
  for (size_t end = place + count; place < end; ++place, ++rows) {
    piece.tokens[rows] = arrays.tokens[place];
    if (arrays.positions)
      piece.positions[rows] = arrays.positions[place];
    if (arrays.types)
      piece.types[rows] = arrays.types[place];
    piece.places[rows] = place;
  }
}

swage_batch_t TextPiece::batch() const {
  const PaddedScratch &piece = s.padded;
  swage_batch_t batch = {};
  batch.size = sizeof(batch);
  batch.tokens = piece.tokens.data();
  batch.row_count = rows;
  batch.sequences = piece.sequences.data();
  batch.sequence_count = sequences;
  batch.positions = arrays.positions ? piece.positions.data() : nullptr;
  batch.token_types = arrays.types ? piece.types.data() : nullptr;
  batch.logit_rows = piece.logitRows.data();
  batch.logit_row_count = rows;
  return batch;
}

void TextPiece::end(bool keepsLast) {
  PaddedScratch &piece = s.padded;
  size_t ended = keepsLast ? sequences - 1 : sequences;
  for (size_t i = 0; i < ended; ++i)
    swage_sequence_destroy(&s, piece.sequences[i].sequence, nullptr);
  if (keepsLast) {
    piece.texts[0] = piece.texts[ended];
    piece.sequences[0] = {piece.sequences[ended].sequence, 0};
  }
  sequences = keepsLast;
  rows = 0;
}

} // namespace swage::runtime
