//===- AttentionTile.cpp - Scores and results of a tile of queries --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Both products keep `vectorsPerQuery` accumulators of every query of the tile
// in registers, so an element of the cache is loaded and widened once for all
// of them:
//
//   scores of 16c positions:   for d:   c keys,   q broadcasts, q * c fma
//   results in 16c dimensions: for pos: c values, q broadcasts, q * c fma
//
// Each score and each element of the result is one chain of fma, d or position
// ascending, whatever q and c are.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/AttentionParts.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;

namespace swage::cpu {
namespace {

/// Rows of the cache in one turn of the innermost loops.
constexpr int64_t kUnroll = 4;

/// Emits the parts of one tile.
class TileEmitter {
public:
  TileEmitter(AttentionFrame &f, AttentionTile tile, const TilePlace &place)
      : f(f), k(f.k), tile(tile), place(place), queries(tile.queries()),
        width(f.vectorsPerQuery(queries)), zero(k.index(0)), firstPage(zero) {}

  void emit();

private:
  /// `count` vectors each of `interleave` neighbouring rows of the cache, as
  /// f32.
  SmallVector<SmallVector<Value>> loadCache(Value buffer, Value at,
                                            int64_t count);

  /// One of the two products of a page: rows of the cache, each times one
  /// factor of every query.
  struct Product {
    Value factors;        ///< [query][factorStride]
    int64_t factorStride; ///< one factor a row of the cache
    CachePage page;
    int64_t columns; ///< of a row of the cache
    int64_t unroll;  ///< rows in one turn of the loop
  };
  /// What to do in turn `turn` of the loop over rows.
  using Meanwhile = llvm::function_ref<void(Value turn)>;
  /// The same product in columns from `column` on.
  Product from(const Product &product, Value column);
  /// accumulators[q][j] += factors[q][row] * vector j of row, for rows below
  /// `rows`, rounded up to whole turns.
  SmallVector<Value> multiplyAdd(const Product &product, Value rows,
                                 ValueRange accumulators, int64_t count,
                                 Meanwhile meanwhile);
  /// The same of `interleave` rows from `row` on.
  SmallVector<Value> multiplyAddRows(const Product &product, Value row,
                                     ValueRange accumulators, int64_t count);

  void loadQueries();
  /// Puts the query head at element `from` of its rows to element `at`.
  void emitQuery(Value from, double scale, Value at);
  void startSums();
  /// `last` is the last slot that the tile's first row sees.
  void emitPage(Value page, Value lastPage, Value last);
  CachePage keysOf(Value page);
  Value scoresOf(Value page);
  PageFetch fetchAfter(Value page, Value lastPage);
  void emitScores(const Product &keys, Value positions,
                  const std::optional<PageFetch> &ahead);
  void addValues(const Product &values, Value positions,
                 const std::optional<PageFetch> &ahead);
  void addValuesAt(const Product &values, Value positions, Value dim,
                   int64_t count, Meanwhile meanwhile);
  void storeResults();
  void storeResult(Value query, Value outAt);

  AttentionFrame &f;
  KernelBuilder &k;
  AttentionTile tile;
  const TilePlace &place;
  int64_t queries, width;
  Value zero;
  Value firstPage; ///< that the tile sees
};

TileEmitter::Product TileEmitter::from(const Product &product, Value column) {
  Product moved = product;
  moved.page.at = k.add(product.page.at, k.mul(column, f.interleave));
  return moved;
}

SmallVector<SmallVector<Value>> TileEmitter::loadCache(Value buffer, Value at,
                                                       int64_t count) {
  SmallVector<SmallVector<Value>> rows(f.interleave);
  for (int64_t i = 0; i < count; ++i) {
    if (f.interleave == 1) {
      rows[0].push_back(k.load(buffer, k.add(at, i * kVector)));
      continue;
    }
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    Value pair = vector::LoadOp::create(k.b, k.vectorOf(element, 2 * kVector),
                                        buffer, k.add(at, i * 2 * kVector));
    Value bits =
        vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI32Type()), pair);
    rows[0].push_back(k.lowHalf(bits));
    rows[1].push_back(k.highHalf(bits));
  }
  return rows;
}

SmallVector<Value> TileEmitter::multiplyAdd(const Product &product, Value rows,
                                            ValueRange accumulators,
                                            int64_t count,
                                            Meanwhile meanwhile) {
  return k.loop(
      zero, rows, product.unroll, accumulators,
      [&](Value row, ValueRange carried) {
        meanwhile(arith::DivUIOp::create(k.b, row, k.index(product.unroll)));
        SmallVector<Value> next(carried);
        for (int64_t i = 0; i < product.unroll; i += f.interleave)
          next = multiplyAddRows(product, k.add(row, i), next, count);
        return next;
      });
}

SmallVector<Value> TileEmitter::multiplyAddRows(const Product &product,
                                                Value row,
                                                ValueRange accumulators,
                                                int64_t count) {
  // `row` is a multiple of the interleave, so its vectors start at `columns`
  // elements a row.
  SmallVector<SmallVector<Value>> loaded =
      loadCache(product.page.buffer,
                k.add(product.page.at, k.mul(row, product.columns)), count);
  SmallVector<Value> sums(accumulators);
  for (int64_t i = 0; i < f.interleave; ++i)
    for (int64_t q = 0; q < queries; ++q) {
      Value factor = k.broadcast(memref::LoadOp::create(
          k.b, product.factors, k.add(row, q * product.factorStride + i)));
      for (int64_t j = 0; j < count; ++j) {
        Value &sum = sums[q * count + j];
        sum = k.fma(factor, loaded[i][j], sum);
      }
    }
  return sums;
}

void TileEmitter::emit() {
  loadQueries();
  startSums();
  Value positions = k.index(kPagePositions);
  Value last = f.spec.causal ? place.firstSlot : k.sub(place.slots, 1);
  Value lastPage = arith::DivUIOp::create(k.b, last, positions);
  if (f.spec.window)
    firstPage = arith::DivUIOp::create(
        k.b, k.max(k.sub(last, *f.spec.window - 1), zero), positions);
  if (f.matrix)
    emitMatrixScores(f, emitDecodedKeys(f, keysOf(firstPage)),
                     scoresOf(firstPage), std::nullopt);
  k.loop(firstPage, k.add(lastPage, 1), 1,
         [&](Value page) { emitPage(page, lastPage, last); });
  storeResults();
}

void TileEmitter::loadQueries() {
  int64_t headDim = f.spec.headDim;
  // Scores are in units of log 2, or of the cap, which is taken next.
  double unit = f.spec.softCap ? 1 / *f.spec.softCap : M_LOG2E;
  double scale = f.spec.scale * unit;
  k.loop(zero, k.index(tile.rows), 1, [&](Value i) {
    Value row = k.add(place.firstRow, i);
    if (f.spec.rope)
      emitPhases(f, f.positionOf(row));
    Value from = f.headAt(f.newQueries, row, place.firstHead);
    k.loop(zero, k.index(tile.heads), 1, [&](Value head) {
      Value at = k.mul(k.add(k.mul(i, tile.heads), head), f.keyDims);
      emitQuery(k.add(from, k.mul(head, headDim)), scale, at);
      if (f.keyDims > headDim)
        k.store(k.splat(0.0), f.query, k.add(at, headDim), k.maskOf(1));
    });
  });
}

void TileEmitter::emitQuery(Value from, double scale, Value at) {
  if (!f.coded || f.coded->rotation == 1)
    return emitRotated(f, f.newQueries.buffer, from, scale, f.query, at);
  emitRotated(f, f.newQueries.buffer, from, scale, f.key, zero);
  emitHadamard(f, f.key, zero);
  k.columns(f.spec.headDim, [&](Value d, Value mask) {
    k.store(k.load(f.key, d), f.query, k.add(at, d), mask);
  });
}

void TileEmitter::startSums() {
  // Finite, so that a page that is hidden as a whole leaves nothing behind.
  Value none = arith::ConstantOp::create(
      k.b, k.b.getF32FloatAttr(std::numeric_limits<float>::lowest()));
  k.store(k.broadcast(none), f.maximum, zero);
  k.loop(zero, k.index(queries), 1, [&](Value query) {
    k.store(k.splat(0.0), f.sum, k.mul(query, kVector));
    for (int64_t v = 0; v < f.valueVectors; ++v)
      k.store(k.splat(0.0), f.result,
              k.add(k.mul(query, f.valueRow), v * kVector));
  });
}

void TileEmitter::emitPage(Value page, Value lastPage, Value last) {
  Value index = f.batchAt(k.add(place.table, page));
  // What the tile's queries see ends in its last page: of earlier pages the
  // whole is computed, of the last one what its last row sees.
  Value isLast =
      arith::CmpIOp::create(k.b, arith::CmpIPredicate::eq, page, lastPage);
  Value offset = arith::SubIOp::create(k.b, last, k.mul(page, kPagePositions));
  int64_t rowsBehind = f.spec.causal ? tile.rows : 1;
  Value visible = arith::SelectOp::create(
      k.b, isLast, k.add(offset, rowsBehind), k.index(kPagePositions));
  Value masked = isLast;
  if (f.spec.window) // Hidden from the last row: offset + rows - 1 - window.
    masked = arith::OrIOp::create(
        k.b, isLast, k.atLeast(offset, *f.spec.window - tile.rows + 1));
  CachePage values{f.values, f.valuePage(index, place.kvHead)};
  // Several rows find the page in L2 already.
  std::optional<PageFetch> ahead;
  if (tile.rows == 1)
    ahead = fetchAfter(page, lastPage);
  if (f.matrix) {
    // Tile registers multiply the next page under this one's exponentials.
    Value next = k.add(page, 1);
    Value follows =
        arith::CmpIOp::create(k.b, arith::CmpIPredicate::ult, page, lastPage);
    k.when(follows, [&] {
      emitMatrixScores(f, emitDecodedKeys(f, keysOf(next)), scoresOf(next),
                       ahead);
    });
    f.firstScore = scoresOf(page);
  } else {
    emitScores({f.query, f.keyDims, emitDecodedKeys(f, keysOf(page)),
                kPagePositions, std::gcd(f.keyDims, kUnroll)},
               visible, ahead);
  }
  if (f.spec.softCap)
    emitSoftCap(f, queries);
  k.when(masked, [&] { emitMask(f, tile, offset); });
  Value changed = emitSoftmax(f, queries, ahead);
  values = emitDecodedValues(f, values);
  // Hidden positions that rounding up includes have p = 0 and finite values.
  if (f.matrix)
    emitMatrixValues(f, queries, changed, values, ahead);
  else
    addValues({f.scores, kPagePositions, values, f.valueRow, kUnroll}, visible,
              ahead);
}

CachePage TileEmitter::keysOf(Value page) {
  Value index = f.batchAt(k.add(place.table, page));
  return {f.keys, f.keyPage(index, place.kvHead)};
}

/// Where the scores of `page` start: neighbours have different places.
Value TileEmitter::scoresOf(Value page) {
  Value odd = arith::RemUIOp::create(k.b, page, k.index(2));
  return k.mul(odd, f.maxQueries * kPagePositions);
}

/// What is read behind `page`: the next one, or the next head's first. Tile
/// registers read keys a page earlier.
PageFetch TileEmitter::fetchAfter(Value page, Value lastPage) {
  auto placeOf = [&](int64_t distance) {
    Value next = k.add(page, distance);
    Value isBehind =
        arith::CmpIOp::create(k.b, arith::CmpIPredicate::ugt, next, lastPage);
    Value head = arith::SelectOp::create(k.b, isBehind, k.add(place.kvHead, 1),
                                         place.kvHead);
    next = arith::SelectOp::create(k.b, isBehind, firstPage, next);
    return std::pair(f.batchAt(k.add(place.table, next)), head);
  };
  auto [keyPage, keyHead] = placeOf(f.matrix ? 2 : 1);
  auto [valuePage, valueHead] = placeOf(1);
  int64_t bytes = f.coded ? std::max(f.coded->keyBytes, f.coded->valueBytes)
                          : kPagePositions * std::max(f.keyDims, f.valueRow) *
                                elementBytes(f.page);
  return PageFetch({f.keys, f.keyPage(keyPage, keyHead)},
                   {f.values, f.valuePage(valuePage, valueHead)}, bytes / 64,
                   queries);
}

void TileEmitter::emitScores(const Product &keys, Value positions,
                             const std::optional<PageFetch> &ahead) {
  int64_t count = std::min(width, kPagePositions / kVector);
  int64_t turns = f.keyDims / keys.unroll;
  int64_t steps = turns * (kPagePositions / kVector / count);
  SmallVector<Value> start(queries * count, k.splat(0.0));
  // Scores that no query sees are left as they are: the mask hides them.
  k.loop(zero, positions, count * kVector, [&](Value position) {
    auto meanwhile = [&](Value turn) {
      if (!ahead)
        return;
      Value block =
          arith::DivUIOp::create(k.b, position, k.index(count * kVector));
      ahead->inScores(k, arith::AddIOp::create(k.b, k.mul(block, turns), turn),
                      steps);
    };
    SmallVector<Value> sums = multiplyAdd(
        from(keys, position), k.index(f.keyDims), start, count, meanwhile);
    for (int64_t q = 0; q < queries; ++q)
      for (int64_t j = 0; j < count; ++j)
        k.store(sums[q * count + j], f.scores,
                k.add(position, q * kPagePositions + j * kVector));
  });
}

void TileEmitter::addValues(const Product &values, Value positions,
                            const std::optional<PageFetch> &ahead) {
  int64_t count = std::min(width, f.valueVectors);
  int64_t whole = f.valueVectors / count * count;
  int64_t turns = kPagePositions / values.unroll;
  int64_t steps = turns * (whole / count);
  k.loop(zero, k.index(whole * kVector), count * kVector, [&](Value dim) {
    addValuesAt(values, positions, dim, count, [&](Value turn) {
      if (!ahead)
        return;
      Value block = arith::DivUIOp::create(k.b, dim, k.index(count * kVector));
      ahead->inValues(k, arith::AddIOp::create(k.b, k.mul(block, turns), turn),
                      steps);
    });
  });
  if (whole < f.valueVectors)
    addValuesAt(values, positions, k.index(whole * kVector),
                f.valueVectors - whole, [](Value) {});
}

void TileEmitter::addValuesAt(const Product &values, Value positions, Value dim,
                              int64_t count, Meanwhile meanwhile) {
  auto resultAt = [&](int64_t q, int64_t j) {
    return k.add(dim, q * f.valueRow + j * kVector);
  };
  SmallVector<Value> start;
  for (int64_t q = 0; q < queries; ++q) {
    Value factor =
        k.broadcast(memref::LoadOp::create(k.b, f.factor, k.index(q)));
    for (int64_t j = 0; j < count; ++j)
      start.push_back(k.mulf(k.load(f.result, resultAt(q, j)), factor));
  }
  SmallVector<Value> sums =
      multiplyAdd(from(values, dim), positions, start, count, meanwhile);
  for (int64_t q = 0; q < queries; ++q)
    for (int64_t j = 0; j < count; ++j)
      k.store(sums[q * count + j], f.result, resultAt(q, j));
}

void TileEmitter::storeResults() {
  int64_t headDim = f.spec.headDim;
  k.loop(zero, k.index(tile.rows), 1, [&](Value i) {
    Value to = k.add(k.mul(k.add(place.firstRow, i), f.outRow),
                     k.mul(place.firstHead, headDim));
    Value first = k.mul(i, tile.heads);
    k.loop(zero, k.index(tile.heads), 1, [&](Value head) {
      storeResult(k.add(first, head), k.add(to, k.mul(head, headDim)));
    });
  });
}

void TileEmitter::storeResult(Value query, Value outAt) {
  Value sum = k.sumLanes(k.load(f.sum, k.mul(query, kVector)));
  Value one = arith::ConstantOp::create(k.b, k.b.getF32FloatAttr(1.0f));
  Value inverse = k.broadcast(k.divf(one, sum));
  for (int64_t v = 0; v < f.valueVectors; ++v) {
    Value result =
        k.load(f.result, k.add(k.mul(query, f.valueRow), v * kVector));
    int64_t rest = f.spec.headDim - v * kVector;
    // Adding zero makes -0 to +0: how many hidden positions a query passes
    // over depends on its tile, and each turns -0 to +0.
    k.store(k.fma(result, inverse, k.splat(0.0)), f.out,
            k.add(outAt, v * kVector),
            rest < kVector ? k.maskOf(rest) : Value());
  }
}

} // namespace

void emitTile(AttentionFrame &f, AttentionTile tile, const TilePlace &place) {
  TileEmitter(f, tile, place).emit();
}

} // namespace swage::cpu
