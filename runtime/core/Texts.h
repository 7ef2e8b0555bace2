//===- Texts.h - Texts side by side as rows of a batch --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_TEXTS_H
#define SWAGE_RUNTIME_CORE_TEXTS_H

#include "runtime/core/Session.h"

namespace swage::runtime {

/// Fails unless there are texts of some length, as many as `cells` in all.
Code countCells(const swage_padded_batch_t &batch, size_t &cells,
                swage_status_t *status);

/// Fails unless one row of the mask, or null, is ones between zeros.
Code checkMask(const swage_padded_batch_t &batch, size_t text,
               swage_status_t *status);

/// First and one behind the last token of a text.
void tokenRange(const swage_padded_batch_t &batch, size_t text, size_t &begin,
                size_t &end);

/// The caller's arrays, one element a place; all but tokens may be null.
struct TextArrays {
  const int32_t *tokens, *positions, *types;
};

/// Rows of some texts that are computed at once. It lies in the session's
/// scratch and has sequences of its own, which it ends.
class TextPiece {
public:
  TextPiece(swage_session_t &session, const TextArrays &arrays)
      : s(session), arrays(arrays) {}
  ~TextPiece() { end(); }
  TextPiece(const TextPiece &) = delete;
  TextPiece &operator=(const TextPiece &) = delete;

  /// Counts the sequences that are free; fails if none is.
  Code findRoom(swage_status_t *status);
  bool hasRoomForText() const { return sequences < room; }
  size_t rowCount() const { return rows; }
  size_t sequenceCount() const { return sequences; }

  /// Begins a text, which gets `length` tokens in this piece and later ones;
  /// there is room.
  Code begin(size_t text, uint32_t length, swage_status_t *status);
  /// Adds rows to the text that was begun last.
  void add(size_t place, size_t count);

  swage_batch_t batch() const;
  /// Where a row came from, and which text a sequence is.
  size_t placeOfRow(size_t row) const { return s.padded.places[row]; }
  size_t textOfSequence(size_t index) const { return s.padded.texts[index]; }

  /// Empties the piece; the last text goes on in the next one if `keepsLast`.
  void end(bool keepsLast = false);

private:
  swage_session_t &s;
  TextArrays arrays;
  size_t rows = 0, sequences = 0, room = 0;
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_TEXTS_H
