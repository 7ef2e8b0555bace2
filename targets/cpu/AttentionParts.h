//===- AttentionParts.h - The parts of an attention kernel ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to the attention builder. A kernel is
//
//   for work item (sequence, KV head)              Attention.cpp
//     for new row: append key and value            AttentionPrologue.cpp
//     for tile of queries, all in one page         Attention.cpp
//       rotate and scale the queries               AttentionPrologue.cpp
//       for page that the tile sees                AttentionTile.cpp
//         scores = queries * keys                  AttentionTile.cpp,
//                                                  AttentionMatrix.cpp
//         hide what is not seen, exponentials, sums  AttentionSoftmax.cpp
//         result = result * factor + p * values    the same two
//       normalise and store                        AttentionTile.cpp
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_ATTENTIONPARTS_H
#define SWAGE_TARGETS_CPU_ATTENTIONPARTS_H

#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelBuilder.h"
#include <optional>

namespace swage::cpu {

/// Where heads of new rows stand.
struct HeadRows {
  mlir::Value buffer;
  int64_t column, rowLength;
};

/// One KV head's keys or values in a page, from element `at` of `buffer` on.
struct CachePage {
  mlir::Value buffer, at;
};

/// What all parts of one kernel share: sizes, arguments, scratch.
struct AttentionFrame {
  using Value = mlir::Value;

  AttentionFrame(KernelBuilder &k, const AttentionSpec &spec,
                 const Capabilities &target);

  /// Vectors of accumulators that a tile of `queries` keeps for each of them:
  /// even, for up to four of them divide the four of a page.
  int64_t vectorsPerQuery(int64_t queries) const {
    return std::max<int64_t>(2, accumulators / queries / 2 * 2);
  }
  /// Element `i` of the batch binding as an index.
  Value batchAt(Value i) { return k.loadIndex(batch, i); }
  /// The position of `row`, for rotation.
  Value positionOf(Value row) {
    return batchAt(k.add(k.add(k.mul(sequences, 2), 1), row));
  }
  /// First element of head `head` of `row`.
  Value headAt(const HeadRows &heads, Value row, Value head);
  /// First element of KV head `head` in page `page` of the keys, the values.
  Value keyPage(Value page, Value head);
  Value valuePage(Value page, Value head);
  /// Element `column` of row `row` in a page whose rows have `columns`.
  Value cacheAt(Value row, int64_t columns, Value column);

  KernelBuilder &k;
  const AttentionSpec &spec;

  bool matrix;          ///< the products are computed in tile registers
  int64_t interleave;   ///< cache rows side by side
  int64_t keyDims;      ///< rows of a page of keys
  int64_t group;        ///< query heads of one KV head
  int64_t valueVectors; ///< vectors of one value row
  int64_t valueRow;     ///< elements of one value row in the cache
  int64_t outRow;
  int64_t accumulators; ///< vectors of 16 f32 that fit in registers
  int64_t maxQueries;   ///< the most queries of a tile

  HeadRows newQueries, newKeys, newValues;
  Value keys, values, batch, phaseTable, out;
  Value rows, sequences, tableStride;

  // Scratch on the stack.
  Value cosines, sines; ///< phases of one position
  Value key, value;     ///< one of each in the cache's type
  Value query;          ///< [query][keyDims], rotated and scaled
  Value scores;         ///< [query][64]
  Value exponentials;   ///< [query][64], in the place of the scores or in bf16
  Value result;         ///< [query][valueRow], not normalised
  Value sum;            ///< [query][16], partial sums of the exponentials
  Value maximum;        ///< [query], greatest score so far
  Value factor;         ///< [query], what this page's maximum scales back by

private:
  HeadRows headRows(const HeadColumns &columns);
  Value scratch(Element element, int64_t size);
};

/// The query rows and heads that one tile computes. Query `t` of the tile is
/// row `t / heads`, head `t % heads`.
struct AttentionTile {
  int64_t rows, heads;
  int64_t queries() const { return rows * heads; }
};

/// Where a tile stands.
struct TilePlace {
  mlir::Value firstRow;  ///< in the row buffers
  mlir::Value firstSlot; ///< cache slot of that row
  mlir::Value firstHead; ///< query head
  mlir::Value kvHead;
  mlir::Value table; ///< offset of the sequence's page table in the batch
  mlir::Value slots; ///< of the sequence, new rows included
};

/// Puts the phases of `position` into the frame's scratch. Only with rope.
void emitPhases(AttentionFrame &f, mlir::Value position);
/// Rotates the head at element `from` of `rows` by the phases in scratch,
/// scales it, and stores it at element `at` of `to`.
void emitRotated(AttentionFrame &f, mlir::Value rows, mlir::Value from,
                 double scale, mlir::Value to, mlir::Value at);
/// Appends key and value of `row` to the cache.
void emitAppend(AttentionFrame &f, mlir::Value row, mlir::Value slot,
                mlir::Value kvHead, mlir::Value table);

/// Computes one tile.
void emitTile(AttentionFrame &f, AttentionTile tile, const TilePlace &place);

/// The products of a page in tile registers: scores = queries * keys, and
/// result = result * factor + exponentials * values. `ahead` is fetched
/// meanwhile.
void emitMatrixScores(AttentionFrame &f, const CachePage &keys,
                      const std::optional<CachePage> &ahead);
void emitMatrixValues(AttentionFrame &f, int64_t queries,
                      const CachePage &values,
                      const std::optional<CachePage> &ahead);

/// Turns the page's scores into caps of them.
void emitSoftCap(AttentionFrame &f, int64_t queries);
/// Sets the scores of positions that a query does not see to minus infinity.
/// The last position that row 0 of the tile sees is at offset `last` from the
/// page's first; `last` may lie in a later page.
void emitMask(AttentionFrame &f, AttentionTile tile, mlir::Value last);
/// Turns the page's scores into exponentials relative to the greatest score so
/// far, adds them to the sums, and leaves in `factor` what scales the earlier
/// results to the new maximum.
void emitSoftmax(AttentionFrame &f, int64_t queries);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_ATTENTIONPARTS_H
