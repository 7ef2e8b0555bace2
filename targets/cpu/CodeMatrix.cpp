//===- CodeMatrix.cpp - Codes times codes in tile registers ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/CodeMatrix.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {

/// Rows of x, and row tiles.
static constexpr int64_t kRows = 16, kTiles = 2;
/// Units of a chunk.
static constexpr int64_t kUnits =
    GroupLayout::kChunk / GroupLayout::kInterleave;
/// Products between one and its store.
static constexpr int64_t kDelay = 3;

CodeMatrix::CodeMatrix(KernelBuilder &k, const GroupLayout &layout,
                       CodeDots &dots, CodePanel &panel, Value x,
                       int64_t xStride, Value sums)
    : k(k), layout(layout), dots(dots), panel(panel), x(x), sums(sums),
      xStride(xStride), step(dots.stepColumns()),
      steps(GroupLayout::kChunk / step),
      isSigned(layout.values.bias || layout.values.reach() <= 127),
      products(k.scratch(Element::Q8, 2 * steps * kTiles * kRows * kVector)) {}

Value CodeMatrix::weights(Value codes) {
  if (!layout.values.bias)
    return codes;
  auto bytes = k.vectorOf(k.b.getI8Type(), 4 * kVector);
  Value bias = arith::ConstantOp::create(
      k.b, bytes, DenseElementsAttr::get(bytes, APInt(8, layout.values.bias)));
  Value less = arith::SubIOp::create(
      k.b, vector::BitCastOp::create(k.b, bytes, codes), bias);
  return vector::BitCastOp::create(k.b, codes.getType(), less);
}

void CodeMatrix::multiply(int64_t tiles, Value at, Value firstChunk,
                          Value chunks, Value sumsAt) {
  Block block = {tiles, at, firstChunk, sumsAt};
  emitChunk(block, k.index(0), {});
  k.loop(k.index(1), chunks, 1,
         [&](Value chunk) { emitChunk(block, chunk, k.sub(chunk, 1)); });
  emitChunk(block, {}, k.sub(chunks, 1));
}

/// Where a step's products with a tile stand.
Value CodeMatrix::productsAt(Value chunk, int64_t step, int64_t tile) {
  int64_t each = kRows * kVector;
  Value half = arith::RemUIOp::create(k.b, chunk, k.index(2));
  return k.add(k.mul(half, steps * kTiles * each),
               (step * kTiles + tile) * each);
}

/// The products of chunk `multiplied` between the sums of chunk `summed`, each
/// where there is one.
void CodeMatrix::emitChunk(const Block &block, Value multiplied, Value summed) {
  Type i8 = k.b.getI8Type(), i32 = k.b.getI32Type();
  auto left = amx::TileType::get({kRows, step}, i8);
  auto right = amx::TileType::get({step / 4, 4 * kTileRows}, i8);
  auto result = amx::TileType::get({kRows, kTileRows}, i32);
  Value line = k.index(kVector), rowStride = k.index(xStride);
  int64_t count = steps * block.tiles, doneRows = 0;
  SmallVector<Value> rows, weights, results;
  // Both factors of product `i`, unless they are there.
  auto loadFactors = [&](int64_t i) {
    int64_t s = i / block.tiles, t = i % block.tiles;
    if (t == 0) {
      Value chunk = k.add(block.firstChunk, multiplied);
      Value at = k.add(block.at, k.mul(chunk, GroupLayout::kChunk / 4));
      rows.push_back(amx::TileLoadOp::create(
          k.b, left, x, k.add(at, s * step / 4), rowStride));
    }
    Value unit = k.add(k.mul(multiplied, kUnits), s * step / 4);
    weights.push_back(amx::TileLoadOp::create(k.b, right, panel.codes,
                                              panel.place(t, unit), line));
  };
  SmallVector<GroupDecoder::Factors> factors;
  if (summed)
    factors = factorsOf(block, summed);
  if (multiplied)
    loadFactors(0);
  for (int64_t i = 0, slots = count + kDelay; i < slots; ++i) {
    if (multiplied && i + 1 < count)
      loadFactors(i + 1);
    if (multiplied && i < count)
      results.push_back(amx::TileMulIOp::create(
          k.b, result, rows[i / block.tiles], weights[i],
          amx::TileZeroOp::create(k.b, result),
          /*isZextLhs=*/false, /*isZextRhs=*/!isSigned));
    if (int64_t stored = i - kDelay; multiplied && stored >= 0)
      amx::TileStoreOp::create(
          k.b, products,
          productsAt(multiplied, stored / block.tiles, stored % block.tiles),
          results[stored], line);
    for (; summed && doneRows < kRows * (i + 1) / slots; ++doneRows)
      emitRow(block, summed, doneRows, factors);
  }
}

/// The factors of a chunk, [tile][step].
SmallVector<GroupDecoder::Factors> CodeMatrix::factorsOf(const Block &block,
                                                         Value chunk) {
  SmallVector<GroupDecoder::Factors> all;
  Value first = k.mul(chunk, GroupLayout::kChunk);
  for (int64_t t = 0; t < block.tiles; ++t)
    for (int64_t s = 0; s < steps; ++s) {
      Value group = arith::DivUIOp::create(k.b, k.add(first, s * step),
                                           k.index(layout.groupColumns));
      all.push_back(panel.factors(t, group));
    }
  return all;
}

/// Adds what a chunk has to the sums of a row.
void CodeMatrix::emitRow(const Block &block, Value chunk, int64_t row,
                         ArrayRef<GroupDecoder::Factors> factors) {
  Value at = k.add(block.at, row * xStride);
  Value inRow = k.add(block.firstChunk, chunk);
  Value scale = dots.rowScale(at, inRow);
  SmallVector<Value> parts(block.tiles, k.splat(0.0));
  for (int64_t s = 0; s < steps; ++s) {
    Value rowSum;
    if (layout.zeros || layout.minima)
      rowSum = dots.rowSum(at, k.add(k.mul(inRow, steps), s));
    for (int64_t t = 0; t < block.tiles; ++t) {
      const GroupDecoder::Factors &ofStep = factors[t * steps + s];
      Value dot =
          vector::LoadOp::create(k.b, k.vectorOf(k.b.getI32Type()), products,
                                 k.add(productsAt(chunk, s, t), row * kVector));
      if (layout.zeros) {
        // The panel's codes have lost what was added to them.
        Value zero = arith::SubIOp::create(k.b, ofStep.zero,
                                           k.i32Splat(layout.values.bias));
        dot = arith::SubIOp::create(k.b, dot,
                                    arith::MulIOp::create(k.b, zero, rowSum));
      }
      parts[t] = dots.addStep(parts[t], ofStep, dot, rowSum);
    }
  }
  for (int64_t t = 0; t < block.tiles; ++t) {
    Value place = k.add(block.sumsAt, (row * kTiles + t) * kVector);
    k.store(k.fma(scale, parts[t], k.load(sums, place)), sums, place);
  }
}

} // namespace swage::cpu
