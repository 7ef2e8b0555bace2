//===- LinearEpilogue.cpp - From sums to stored results -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/LinearEpilogue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "targets/cpu/Kernels.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {

void LinearEpilogue::store(ArrayRef<Value> sums, Value tile, Block block,
                           Value row, Value end) {
  SmallVector<SmallVector<Value>> results = finish(sums, tile, block);
  SmallVector<Destination> where;
  int64_t groups = results.size();
  for (int64_t t = 0; t < groups; ++t)
    where.push_back(destination(tile, t));
  for (int64_t r = 0; r < block.rows; ++r) {
    auto storeRow = [&] {
      Value start = k.mul(k.add(row, r), outStride);
      for (int64_t t = 0; t < groups; ++t)
        storeVector(results[t][r], k.add(start, where[t].column),
                    where[t].mask);
    };
    // The first row of a partial block exists, or there would be no block.
    if (end && r > 0)
      k.when(k.less(k.add(row, r), end), storeRow);
    else
      storeRow();
  }
}

void LinearEpilogue::storeVector(Value sum, Value at, Value mask) {
  if (spec.epilogue == Epilogue::Residual)
    sum = k.addf(k.load(out, at, mask), sum);
  k.store(sum, out, at, mask);
}

/// Results [output tile][row] of the sums.
SmallVector<SmallVector<Value>>
LinearEpilogue::finish(ArrayRef<Value> sums, Value tile, Block block) {
  SmallVector<SmallVector<Value>> results;
  for (int64_t t = 0; t < block.tiles; ++t) {
    results.emplace_back(sums.slice(t * block.rows, block.rows));
    if (!bias)
      continue;
    Value added = k.load(bias, biasOf(tile, t));
    for (Value &sum : results.back())
      sum = k.addf(sum, added);
  }
  if (spec.epilogue != Epilogue::Gated) {
    for (SmallVector<Value> &row : results)
      for (Value &sum : row)
        sum = transform(sum);
    return results;
  }
  SmallVector<SmallVector<Value>> gated;
  for (int64_t t = 0; t + 1 < block.tiles; t += 2) {
    gated.emplace_back();
    for (int64_t r = 0; r < block.rows; ++r)
      gated.back().push_back(
          k.mulf(k.apply(spec.function, results[t][r]), results[t + 1][r]));
  }
  return gated;
}

/// What becomes of a sum on its own.
Value LinearEpilogue::transform(Value sum) {
  if (spec.epilogue == Epilogue::Activation)
    return k.apply(spec.function, sum);
  if (spec.epilogue == Epilogue::SoftCap)
    return k.softCap(sum, spec.softCap);
  return sum;
}

/// Where the biases of tile `t` of the block at `tile` are. Those of gate and
/// up follow each other, while the tiles alternate.
Value LinearEpilogue::biasOf(Value tile, int64_t t) {
  if (spec.epilogue != Epilogue::Gated)
    return k.mul(k.add(tile, t), kTileRows);
  Value pair = arith::DivUIOp::create(k.b, tile, k.index(2));
  int64_t part = t % 2 * (linearTiles(spec) / 2);
  return k.mul(k.add(pair, part + t / 2), kTileRows);
}

/// Where the results of output tile `t` of the block at `tile` go.
LinearEpilogue::Destination LinearEpilogue::destination(Value tile, int64_t t) {
  bool gated = spec.epilogue == Epilogue::Gated;
  ArrayRef<int64_t> parts = spec.partRows;
  if (gated) {
    tile = arith::DivUIOp::create(k.b, tile, k.index(2));
    parts = parts.take_front();
  }
  tile = k.add(tile, t);
  // Up to part i, `shift` columns were padding in the tiles and are not in
  // the output row.
  Value column = k.mul(tile, kTileRows), end;
  bool whole = true;
  int64_t firstTile = 0, columns = 0;
  Value plain = column;
  for (int64_t partRows : parts) {
    Value partEnd = k.index(columns + partRows);
    if (firstTile == 0) {
      end = partEnd;
    } else {
      Value here = k.atLeast(tile, firstTile);
      Value shifted = k.sub(plain, firstTile * kTileRows - columns);
      column = arith::SelectOp::create(k.b, here, shifted, column);
      end = arith::SelectOp::create(k.b, here, partEnd, end);
    }
    whole &= partRows % kTileRows == 0;
    firstTile += llvm::divideCeil(partRows, kTileRows);
    columns += partRows;
  }
  if (whole)
    return {plain, Value()};
  Value left = arith::SubIOp::create(k.b, end, column);
  return {column, k.maskOf(k.min(left, k.index(kTileRows)))};
}

} // namespace swage::cpu
