//===- MatrixTiles.cpp - Sums in tile registers ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/MatrixTiles.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {

bool MatrixTiles::compute(const LinearOperands &spec,
                          const Capabilities &target) {
  // What stands behind a row's last k may be anything, so only whole tiles.
  return target.hasMatrixTiles && !spec.weight.groups &&
         spec.weight == Element::BF16 && spec.activation == Element::BF16 &&
         spec.k % kMatrixDepth == 0;
}

MatrixTiles::MatrixTiles(KernelBuilder &k, const LinearOperands &spec, Value x,
                         Value weights, int64_t sumsSize)
    : k(k), x(x), weights(weights), scratch(k.scratch(Element::F32, sumsSize)),
      tileLength(spec.k / 2 * kTileRows) {}

void MatrixTiles::multiply(Value tile, Block block, Value at, int64_t stride,
                           const Depth &depth, const Ahead &ahead,
                           Value sumsAt) {
  int64_t height = std::min(block.rows, kMatrixRows);
  int64_t groups = block.rows / height;
  Type bf16 = k.b.getBF16Type(), f32 = k.b.getF32Type();
  auto left = amx::TileType::get({height, kMatrixDepth}, bf16);
  auto right = amx::TileType::get({kTileRows, kMatrixDepth}, bf16);
  auto result = amx::TileType::get({height, kTileRows}, f32);
  Value weightBase = weightsOf(tile);
  Value rowStride = k.index(stride), line = k.index(kVector);
  auto sumAt = [&](int64_t t, int64_t g) {
    return k.add(sumsAt, (t * block.rows + g * kMatrixRows) * kTileRows);
  };

  // A tile register is not renamed: where there are enough of them, no factor
  // takes the place of another that is still in use.
  bool fits = (block.tiles + 1) * (groups + 1) - 1 <= kMatrixRegisters;

  SmallVector<Value> start;
  for (int64_t t = 0; t < block.tiles; ++t)
    for (int64_t g = 0; g < groups; ++g)
      start.push_back(depth.resume
                          ? Value(amx::TileLoadOp::create(k.b, result, scratch,
                                                          sumAt(t, g), line))
                          : Value(amx::TileZeroOp::create(k.b, result)));
  SmallVector<Value> sums = k.loop(
      depth.first, depth.end, 1, start, [&](Value step, ValueRange carried) {
        SmallVector<Value> next(carried), rows;
        Value xAt = k.add(at, k.mul(step, kMatrixDepth));
        for (int64_t g = 0; g < groups; ++g)
          rows.push_back(amx::TileLoadOp::create(
              k.b, left, x, k.add(xAt, g * kMatrixRows * stride), rowStride));
        Value weightAt = k.add(weightBase, k.mul(step, kMatrixStep));
        Value done = arith::SubIOp::create(k.b, step, depth.first);
        Value aheadAt = k.add(ahead.at, k.mul(done, ahead.vectors * kVector));
        SmallVector<Value> factors;
        auto multiplyBy = [&](int64_t t) {
          for (int64_t g = 0; g < groups; ++g) {
            Value &sum = next[t * groups + g];
            sum =
                amx::TileMulFOp::create(k.b, result, rows[g], factors[t], sum);
          }
        };
        for (int64_t t = 0; t < block.tiles; ++t) {
          factors.push_back(amx::TileLoadOp::create(
              k.b, right, weights, k.add(weightAt, t * tileLength), line));
          // Behind each load its share of what to fetch, a line of each tile
          // in turn: memory gives several streams more than one.
          for (int64_t i = ahead.vectors * t / block.tiles;
               i < ahead.vectors * (t + 1) / block.tiles; ++i)
            for (int64_t u = 0; u < block.tiles; ++u)
              memref::PrefetchOp::create(
                  k.b, weights, k.add(aheadAt, u * tileLength + i * kVector),
                  /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
          if (!fits)
            multiplyBy(t);
        }
        for (int64_t t = 0; fits && t < block.tiles; ++t)
          multiplyBy(t);
        return next;
      });
  for (int64_t t = 0; t < block.tiles; ++t)
    for (int64_t g = 0; g < groups; ++g)
      amx::TileStoreOp::create(k.b, scratch, sumAt(t, g), sums[t * groups + g],
                               line);
}

Value MatrixTiles::sums(int64_t tile, Value row, Block block, Value sumsAt) {
  return k.load(scratch,
                k.add(sumsAt, k.mul(k.add(row, tile * block.rows), kTileRows)));
}

} // namespace swage::cpu
