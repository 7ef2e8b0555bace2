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
        width(f.vectorsPerQuery(queries)), zero(k.index(0)) {}

  void emit();

private:
  /// `count` vectors of the cache as f32. Of bf16, a pair of vectors holds the
  /// even elements, then the odd ones: that takes one operation a vector.
  SmallVector<Value> loadCache(Value buffer, Value at, int64_t count);
  /// Undoes that order.
  void restoreOrder(MutableArrayRef<Value> vectors);
  bool isPaired() const { return f.spec.cache == Element::BF16; }

  /// One of the two products of a page: rows of the cache, each times one
  /// factor of every query.
  struct Product {
    Value factors;        ///< [query][factorStride]
    int64_t factorStride; ///< one factor a row of the cache
    Value cache, at;      ///< first row: element `at` of `cache`
    int64_t rowStride;    ///< elements of the cache from row to row
    int64_t unroll;       ///< rows in one turn of the loop
    Value ahead, aheadAt; ///< what to fetch meanwhile, element for element

    /// The same product in columns from `column` on.
    Product from(KernelBuilder &k, Value column) const {
      Product moved = *this;
      moved.at = k.add(at, column);
      if (ahead)
        moved.aheadAt = k.add(aheadAt, column);
      return moved;
    }
  };
  /// accumulators[q][j] += factors[q][row] * vector j of row, for rows below
  /// `rows`, rounded up to whole turns.
  SmallVector<Value> multiplyAdd(const Product &product, Value rows,
                                 ValueRange accumulators, int64_t count);
  SmallVector<Value> multiplyAddRow(const Product &product, Value row,
                                    ValueRange accumulators, int64_t count);
  void fetchAhead(const Product &product, Value row, int64_t count);

  void loadQueries();
  void startSums();
  /// `last` is the last slot that the tile's first row sees.
  void emitPage(Value page, Value lastPage, Value last);
  void emitScores(const Product &keys, Value positions);
  void addValues(const Product &values, Value positions);
  void addValuesAt(const Product &values, Value positions, Value dim,
                   int64_t count);
  void storeResults();
  void storeResult(Value query, Value outAt);

  AttentionFrame &f;
  KernelBuilder &k;
  AttentionTile tile;
  const TilePlace &place;
  int64_t queries, width;
  Value zero;
};

SmallVector<Value> TileEmitter::loadCache(Value buffer, Value at,
                                          int64_t count) {
  SmallVector<Value> vectors;
  int64_t i = 0;
  for (; isPaired() && i + 1 < count; i += 2) {
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    Value pair = vector::LoadOp::create(k.b, k.vectorOf(element, 2 * kVector),
                                        buffer, k.add(at, i * kVector));
    Value bits =
        vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI32Type()), pair);
    vectors.push_back(k.lowHalf(bits));
    vectors.push_back(k.highHalf(bits));
  }
  for (; i < count; ++i)
    vectors.push_back(k.load(buffer, k.add(at, i * kVector)));
  return vectors;
}

void TileEmitter::restoreOrder(MutableArrayRef<Value> vectors) {
  if (!isPaired())
    return;
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < kVector; ++i) {
    (i < kVector / 2 ? low : high).push_back(i);
    (i < kVector / 2 ? low : high).push_back(kVector + i);
  }
  for (size_t i = 0; i + 1 < vectors.size(); i += 2) {
    Value even = vectors[i], odd = vectors[i + 1];
    vectors[i] = vector::ShuffleOp::create(k.b, even, odd, low);
    vectors[i + 1] = vector::ShuffleOp::create(k.b, even, odd, high);
  }
}

SmallVector<Value> TileEmitter::multiplyAdd(const Product &product, Value rows,
                                            ValueRange accumulators,
                                            int64_t count) {
  return k.loop(zero, rows, product.unroll, accumulators,
                [&](Value row, ValueRange carried) {
                  SmallVector<Value> next(carried);
                  for (int64_t i = 0; i < product.unroll; ++i)
                    next = multiplyAddRow(product, k.add(row, i), next, count);
                  return next;
                });
}

SmallVector<Value> TileEmitter::multiplyAddRow(const Product &product,
                                               Value row,
                                               ValueRange accumulators,
                                               int64_t count) {
  if (product.ahead)
    fetchAhead(product, row, count);
  SmallVector<Value> loaded = loadCache(
      product.cache, k.add(product.at, k.mul(row, product.rowStride)), count);
  SmallVector<Value> next;
  for (int64_t q = 0; q < queries; ++q) {
    Value factor = k.broadcast(memref::LoadOp::create(
        k.b, product.factors, k.add(row, q * product.factorStride)));
    for (Value vector : loaded)
      next.push_back(k.fma(factor, vector, accumulators[next.size()]));
  }
  return next;
}

void TileEmitter::fetchAhead(const Product &product, Value row, int64_t count) {
  int64_t perLine = 64 / elementBytes(f.spec.cache);
  Value at = k.add(product.aheadAt, k.mul(row, product.rowStride));
  for (int64_t i = 0; i < count * kVector; i += perLine)
    memref::PrefetchOp::create(k.b, product.ahead, k.add(at, i),
                               /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
}

void TileEmitter::emit() {
  loadQueries();
  startSums();
  Value positions = k.index(kPagePositions);
  Value last = f.spec.causal ? place.firstSlot : k.sub(place.slots, 1);
  Value lastPage = arith::DivUIOp::create(k.b, last, positions),
        firstPage = zero;
  if (f.spec.window)
    firstPage = arith::DivUIOp::create(
        k.b, k.max(k.sub(last, *f.spec.window - 1), zero), positions);
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
    Value to = k.mul(i, tile.heads * headDim);
    k.loop(zero, k.index(tile.heads), 1, [&](Value head) {
      Value at = k.mul(head, headDim);
      emitRotated(f, f.newQueries.buffer, k.add(from, at), scale, f.query,
                  k.add(to, at));
    });
  });
}

void TileEmitter::startSums() {
  // Finite, so that a page that is hidden as a whole leaves nothing behind.
  Value none = arith::ConstantOp::create(
      k.b, k.b.getF32FloatAttr(std::numeric_limits<float>::lowest()));
  k.loop(zero, k.index(queries), 1, [&](Value query) {
    memref::StoreOp::create(k.b, none, f.maximum, query);
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
  Product keys{f.query,        f.spec.headDim,
               f.keys,         f.keyPage(index, place.kvHead),
               kPagePositions, std::gcd(f.spec.headDim, kUnroll),
               Value(),        Value()};
  // Hidden positions that rounding up includes have p = 0 and finite values.
  Product values{
      f.scores,   kPagePositions, f.values, f.valuePage(index, place.kvHead),
      f.valueRow, kUnroll,        Value(),  Value()};
  // One row reads the cache at the speed of memory, so the next half page is
  // fetched under each half page's arithmetic: to L2, for L1 has too few misses
  // in flight to keep memory busy. Several rows find the page in L2 already.
  if (tile.rows == 1) {
    Value next = f.batchAt(k.add(place.table, k.min(k.add(page, 1), lastPage)));
    keys.ahead = f.values, keys.aheadAt = values.at;
    values.ahead = f.keys, values.aheadAt = f.keyPage(next, place.kvHead);
  }
  emitScores(keys, visible);
  if (f.spec.softCap)
    emitSoftCap(f, queries);
  k.when(masked, [&] { emitMask(f, tile, offset); });
  emitSoftmax(f, queries);
  addValues(values, visible);
}

void TileEmitter::emitScores(const Product &keys, Value positions) {
  int64_t count = std::min(width, kPagePositions / kVector);
  SmallVector<Value> start(queries * count, k.splat(0.0));
  // Scores that no query sees are left as they are: the mask hides them.
  k.loop(zero, positions, count * kVector, [&](Value position) {
    SmallVector<Value> sums = multiplyAdd(
        keys.from(k, position), k.index(f.spec.headDim), start, count);
    for (int64_t q = 0; q < queries; ++q) {
      auto own = MutableArrayRef<Value>(sums).slice(q * count, count);
      restoreOrder(own);
      for (int64_t j = 0; j < count; ++j)
        k.store(own[j], f.scores,
                k.add(position, q * kPagePositions + j * kVector));
    }
  });
}

void TileEmitter::addValues(const Product &values, Value positions) {
  int64_t count = std::min(width, f.valueVectors);
  int64_t whole = f.valueVectors / count * count;
  k.loop(zero, k.index(whole * kVector), count * kVector,
         [&](Value dim) { addValuesAt(values, positions, dim, count); });
  if (whole < f.valueVectors)
    addValuesAt(values, positions, k.index(whole * kVector),
                f.valueVectors - whole);
}

void TileEmitter::addValuesAt(const Product &values, Value positions, Value dim,
                              int64_t count) {
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
      multiplyAdd(values.from(k, dim), positions, start, count);
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
  SmallVector<Value> vectors;
  for (int64_t v = 0; v < f.valueVectors; ++v) {
    Value result =
        k.load(f.result, k.add(k.mul(query, f.valueRow), v * kVector));
    // Adding zero makes -0 to +0: how many hidden positions a query passes
    // over depends on its tile, and each turns -0 to +0.
    vectors.push_back(k.fma(result, inverse, k.splat(0.0)));
  }
  // Pairs were formed inside each group of `width` vectors, an even number.
  restoreOrder(vectors);
  for (int64_t v = 0; v < f.valueVectors; ++v) {
    int64_t rest = f.spec.headDim - v * kVector;
    k.store(vectors[v], f.out, k.add(outAt, v * kVector),
            rest < kVector ? k.maskOf(rest) : Value());
  }
}

} // namespace

void emitTile(AttentionFrame &f, AttentionTile tile, const TilePlace &place) {
  TileEmitter(f, tile, place).emit();
}

} // namespace swage::cpu
