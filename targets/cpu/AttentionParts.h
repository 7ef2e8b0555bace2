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
//         meanwhile fetch the next page            AttentionFetch.cpp
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

/// Asks for the next page, to L2, while one page is computed. A row that
/// decodes reads the cache at the speed of memory, and a core has few misses in
/// flight: what is asked for at once waits, and while nothing is asked for
/// memory idles. So the lines are spread over all of the page's arithmetic, in
/// the order in which they lie, keys and values side by side.
class PageFetch {
public:
  /// `lines`: of the longer of both pieces. A query's exponentials take about
  /// an eighth of the time of both products.
  PageFetch(const CachePage &keys, const CachePage &values, int64_t lines,
            int64_t queries)
      : perQuery(lines / (queries + kQueriesInProducts)),
        perProduct((lines - queries * perQuery + 1) / 2), keys(keys),
        values(values), queries(queries) {}

  /// The share of step `step` of `steps` that one of both products takes.
  void inScores(KernelBuilder &k, mlir::Value step, int64_t steps) const {
    inProduct(k, 0, step, steps);
  }
  void inValues(KernelBuilder &k, mlir::Value step, int64_t steps) const {
    inProduct(k, perProduct + queries * perQuery, step, steps);
  }
  /// Part `part` of `parts` of the share of a query's exponentials.
  void inSoftmax(KernelBuilder &k, mlir::Value query, int64_t part,
                 int64_t parts) const;

private:
  static constexpr int64_t kQueriesInProducts = 8;

  void inProduct(KernelBuilder &k, int64_t first, mlir::Value step,
                 int64_t steps) const;
  void fetch(KernelBuilder &k, mlir::Value line, int64_t count) const;

  int64_t perQuery, perProduct; ///< lines
  CachePage keys, values;
  int64_t queries;
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

  /// Pages of codes; they are decoded into scratch and read there.
  std::optional<CodedPage> coded;
  bool matrix;          ///< the products are computed in tile registers
  Element page;         ///< elements of the pages that are multiplied
  int64_t interleave;   ///< rows of these side by side
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
  Value key, value;     ///< one of each in the cache's type; f32 with codes
  Value codes;          ///< of one head, a byte each
  Value factors;        ///< scales and minima of a page, [2][groups][64] f32
  Value query;          ///< [query][keyDims], rotated and scaled
  Value scores;         ///< [query][64]; with tile registers those of two pages
  Value firstScore;     ///< of the page that is computed
  Value exponentials;   ///< [query][64], in the place of the scores or in bf16
  Value result;         ///< [query][valueRow], not normalised
  Value sum;            ///< [query][16], partial sums of the exponentials
  Value maximum;        ///< [16], of each query the greatest score so far
  Value factor;         ///< [16], what this page's maximum scales back by

  // Scratch of the worker.
  Value decodedKeys, decodedValues; ///< one head's of a page

private:
  HeadRows headRows(const HeadColumns &columns);
  Value scratch(Element element, int64_t size);
  Value scratch(mlir::Type element, int64_t size);
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

/// The same of a cache of codes: `page` holds the row's position, at `offset`.
void emitAppendCodes(AttentionFrame &f, mlir::Value row, mlir::Value kvHead,
                     mlir::Value page, mlir::Value offset);
/// Multiplies the head at element `at` of `heads` with the matrix that keys of
/// a cache of codes are multiplied with, and leaves it there.
void emitHadamard(AttentionFrame &f, mlir::Value heads, mlir::Value at);
/// The pages as they are multiplied: themselves, or what their codes stand for.
CachePage emitDecodedKeys(AttentionFrame &f, const CachePage &keys);
CachePage emitDecodedValues(AttentionFrame &f, const CachePage &values);

/// Computes one tile.
void emitTile(AttentionFrame &f, AttentionTile tile, const TilePlace &place);

/// The products of a page in tile registers: scores = queries * keys, and
/// result = result * factor + exponentials * values, where `changed` tells
/// whether a factor is not 1: in all but a few pages there is no new maximum.
/// The scores are put from element `at` on.
void emitMatrixScores(AttentionFrame &f, const CachePage &keys, mlir::Value at,
                      const std::optional<PageFetch> &ahead);
void emitMatrixValues(AttentionFrame &f, int64_t queries, mlir::Value changed,
                      const CachePage &values,
                      const std::optional<PageFetch> &ahead);

/// Turns the page's scores into caps of them.
void emitSoftCap(AttentionFrame &f, int64_t queries);
/// Sets the scores of positions that a query does not see to minus infinity.
/// The last position that row 0 of the tile sees is at offset `last` from the
/// page's first; `last` may lie in a later page.
void emitMask(AttentionFrame &f, AttentionTile tile, mlir::Value last);
/// Turns the page's scores into exponentials relative to the greatest score so
/// far, adds them to the sums, and leaves in `factor` what scales the earlier
/// results to the new maximum. Returns whether any of these is not 1.
mlir::Value emitSoftmax(AttentionFrame &f, int64_t queries,
                        const std::optional<PageFetch> &ahead);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_ATTENTIONPARTS_H
