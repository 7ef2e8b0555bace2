//===- PaddedForward.cpp - Texts of one padded length ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Padding reaches no kernel: the tokens of all texts are taken as ragged rows,
// in pieces that the session can give logits for, and the logits are put where
// the tokens stood.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Session.h"
#include <algorithm>

using namespace swage::runtime;

namespace {

/// One call of swage_session_forward_padded.
class PaddedCall {
public:
  PaddedCall(swage_session_t &session, const swage_padded_batch_t &batch,
             float *out, swage_status_t *status)
      : s(session), batch(batch), out(out), status(status) {}

  Code check(size_t outCount);
  Code run();

private:
  Code checkTokens(size_t text, size_t begin, size_t end);
  uint32_t lengthOf(size_t text, size_t count, size_t end) const;
  Code addRows(size_t text, size_t &column, size_t end);
  Code flush();
  void drop();

  swage_session_t &s;
  const swage_padded_batch_t &batch;
  float *out;
  swage_status_t *status;

  // The piece being filled.
  size_t rows = 0, sequences = 0;
  bool continues = false; ///< its last sequence goes on in the next piece
};

} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace swage::runtime {

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

} // namespace swage::runtime

Code PaddedCall::checkTokens(size_t text, size_t begin, size_t end) {
  const swage_module_info_t &model = s.module->info;
  for (size_t i = begin; i < end; ++i) {
    int32_t token = batch.tokens[text * batch.length + i];
    if (token < 0 || uint32_t(token) >= model.vocab_size)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu, column %zu: have token %d, require 0 to %u", text,
                  i, token, model.vocab_size - 1);
    if (!batch.positions)
      continue;
    int32_t position = batch.positions[text * batch.length + i];
    if (position < 0 || uint32_t(position) >= model.max_positions)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu, column %zu: have position %d, require 0 to %u",
                  text, i, position, model.max_positions - 1);
  }
  return SWAGE_OK;
}

Code PaddedCall::check(size_t outCount) {
  if (!batch.tokens || batch.batch_count == 0 || batch.length == 0)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %zu texts of %zu tokens%s, require at least 1 of each",
                batch.batch_count, batch.length,
                batch.tokens ? "" : " at no address");
  size_t cells, values;
  if (__builtin_mul_overflow(batch.batch_count, batch.length, &cells) ||
      __builtin_mul_overflow(cells, size_t(s.info.columns), &values) || !out ||
      outCount != values)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have room for %zu logits, require %zu x %zu x %u",
                out ? outCount : 0, batch.batch_count, batch.length,
                s.info.columns);
  if (s.info.whole_sequences)
    return fail(status, SWAGE_UNSUPPORTED,
                "entry point '%.60s' encodes whole texts, require a call of "
                "swage_session_encode_padded",
                s.info.entry_point);
  if (s.rowLength == 0)
    return fail(status, SWAGE_UNSUPPORTED, "entry point '%.60s' has no logits",
                s.info.entry_point);
  for (size_t text = 0; text < batch.batch_count; ++text) {
    if (Code code = checkMask(batch, text, status))
      return code;
    size_t begin, end;
    tokenRange(batch, text, begin, end);
    if (end - begin > s.info.context)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "row %zu: have %zu tokens, require at most %u, the session's "
                  "context",
                  text, end - begin, s.info.context);
    if (Code code = checkTokens(text, begin, end))
      return code;
  }
  return SWAGE_OK;
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// How long the text at the `count` columns before `end` is: as long as its
/// tokens are many, or as its positions say.
uint32_t PaddedCall::lengthOf(size_t text, size_t count, size_t end) const {
  uint32_t length = uint32_t(count);
  for (size_t i = end - count; batch.positions && i < end; ++i)
    length = std::max(length,
                      uint32_t(batch.positions[text * batch.length + i]) + 1);
  return length;
}

/// Adds tokens of a text from `column` on, as many as fit, to the piece.
Code PaddedCall::addRows(size_t text, size_t &column, size_t end) {
  PaddedScratch &piece = s.padded;
  if (!continues) {
    swage_sequence_t id;
    if (Code code = swage_sequence_create(&s, &id, status))
      return code;
    piece.sequences[sequences++] = {id, 0};
    s.sequences[size_t(id)].declared = lengthOf(text, end - column, end);
    continues = true;
  }
  size_t count = std::min(end - column, piece.tokens.size() - rows);
  for (size_t i = 0; i < count; ++i, ++column, ++rows) {
    size_t place = text * batch.length + column;
    piece.tokens[rows] = batch.tokens[place];
    if (batch.positions)
      piece.positions[rows] = batch.positions[place];
    if (batch.token_types)
      piece.types[rows] = batch.token_types[place];
    piece.places[rows] = place;
  }
  piece.sequences[sequences - 1].row_count += uint32_t(count);
  continues = column != end;
  return SWAGE_OK;
}

/// Computes the piece and ends the sequences that are complete.
Code PaddedCall::flush() {
  if (rows == 0)
    return SWAGE_OK;
  PaddedScratch &piece = s.padded;
  swage_batch_t ragged = {};
  ragged.size = sizeof(ragged);
  ragged.tokens = piece.tokens.data();
  ragged.row_count = rows;
  ragged.sequences = piece.sequences.data();
  ragged.sequence_count = sequences;
  ragged.positions = batch.positions ? piece.positions.data() : nullptr;
  ragged.token_types = batch.token_types ? piece.types.data() : nullptr;
  ragged.logit_rows = piece.logitRows.data();
  ragged.logit_row_count = rows;
  swage_matrix_t logits;
  if (Code code = swage_session_forward(&s, &ragged, &logits, status))
    return code;
  for (size_t i = 0; i < rows; ++i)
    memcpy(out + piece.places[i] * logits.columns,
           logits.data + i * logits.row_length, logits.columns * sizeof(float));
  rows = 0;
  swage_sequence_t open = piece.sequences[sequences - 1].sequence;
  sequences -= continues;
  drop();
  if (continues)
    piece.sequences[sequences++] = {open, 0};
  return SWAGE_OK;
}

/// Ends the piece's sequences.
void PaddedCall::drop() {
  while (sequences)
    swage_sequence_destroy(&s, s.padded.sequences[--sequences].sequence,
                           nullptr);
}

Code PaddedCall::run() {
  size_t room = 0;
  for (const Sequence &sequence : s.sequences)
    room += !sequence.live;
  if (room == 0)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "have %u sequences, require a free one; raise max_sequences",
                s.info.max_sequences);
  Code code = SWAGE_OK;
  for (size_t text = 0; text < batch.batch_count && !code; ++text) {
    size_t begin, end;
    tokenRange(batch, text, begin, end);
    while (begin != end && !code) {
      bool full =
          rows == s.padded.tokens.size() || (!continues && sequences == room);
      code = full ? flush() : addRows(text, begin, end);
    }
  }
  if (!code)
    code = flush();
  drop();
  return code;
}

swage_status_code_t swage_session_forward_padded(
    swage_session_t *session, const swage_padded_batch_t *batch,
    float *out_logits, size_t out_count, swage_status_t *status) {
  if (!session || !batch)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no %s",
                session ? "batch" : "session");
  swage_padded_batch_t given;
  if (Code code = readOptions(batch, "batch", given, status))
    return code;
  PaddedCall call(*session, given, out_logits, status);
  if (Code code = call.check(out_count))
    return code;
  memset(out_logits, 0, out_count * sizeof(float));
  if (Code code = call.run())
    return code;
  return succeed(status);
}
