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

#include "runtime/core/Texts.h"
#include <algorithm>

using namespace swage::runtime;

namespace {

/// One call of swage_session_forward_padded.
class PaddedCall {
public:
  PaddedCall(swage_session_t &session, const swage_padded_batch_t &batch,
             float *out, swage_status_t *status)
      : s(session), batch(batch), out(out), status(status),
        piece(session, {batch.tokens, batch.positions, batch.token_types}) {}

  Code check(size_t outCount);
  Code run();

private:
  Code checkTokens(size_t text, size_t begin, size_t end);
  uint32_t lengthOf(size_t text, size_t count, size_t end) const;
  Code addRows(size_t text, size_t &column, size_t end);
  Code flush();

  swage_session_t &s;
  const swage_padded_batch_t &batch;
  float *out;
  swage_status_t *status;

  /// The piece being filled.
  TextPiece piece;
  bool continues = false; ///< its last text goes on in the next piece
};

} // namespace

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

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
  size_t cells, values;
  if (Code code = countCells(batch, cells, status))
    return code;
  if (__builtin_mul_overflow(cells, size_t(s.info.columns), &values) || !out ||
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
  if (!continues)
    if (Code code =
            piece.begin(text, lengthOf(text, end - column, end), status))
      return code;
  size_t count =
      std::min(end - column, s.padded.tokens.size() - piece.rowCount());
  piece.add(text * batch.length + column, count);
  column += count;
  continues = column != end;
  return SWAGE_OK;
}

/// Computes the piece and ends the sequences that are complete.
Code PaddedCall::flush() {
  if (piece.rowCount() == 0)
    return SWAGE_OK;
  swage_batch_t ragged = piece.batch();
  swage_matrix_t logits;
  if (Code code = swage_session_forward(&s, &ragged, &logits, status))
    return code;
  for (size_t i = 0; i < piece.rowCount(); ++i)
    memcpy(out + piece.placeOfRow(i) * logits.columns,
           logits.data + i * logits.row_length, logits.columns * sizeof(float));
  piece.end(continues);
  return SWAGE_OK;
}

Code PaddedCall::run() {
  if (Code code = piece.findRoom(status))
    return code;
  for (size_t text = 0; text < batch.batch_count; ++text) {
    size_t begin, end;
    tokenRange(batch, text, begin, end);
    while (begin != end) {
      bool full = piece.rowCount() == s.padded.tokens.size() ||
                  (!continues && !piece.hasRoomForText());
      if (Code code = full ? flush() : addRows(text, begin, end))
        return code;
    }
  }
  return flush();
}

swage_status_code_t swage_session_forward_padded(
    swage_session_t *session, const swage_padded_batch_t *batch,
    float *out_logits, size_t out_count, swage_status_t *status) {
  swage_padded_batch_t given = {};
  if (Code code = readCall(session, batch, "batch", given, status))
    return code;
  PaddedCall call(*session, given, out_logits, status);
  if (Code code = call.check(out_count))
    return code;
  memset(out_logits, 0, out_count * sizeof(float));
  if (Code code = call.run())
    return code;
  return succeed(status);
}
