//===- DotTiles.cpp - Integer sums over group tiles -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/DotTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <numeric>

using namespace mlir;

namespace swage::cpu {

DotTiles::DotTiles(KernelBuilder &k, const LinearOperands &operands,
                   const Capabilities &target, Value x, Value weights)
    : GroupTiles(k, operands, target, x, weights), row(operands.k),
      flips(target.int8Dot == Int8Dot::SDot && layout.values.reach() > 127),
      bias(layout.values.bias - (flips ? 128 : 0)) {}

void DotTiles::emitChunk(Sums &sums, Chunk &chunk) {
  int64_t step = std::gcd(layout.groupColumns, QuantizedRow::kGroup);
  for (int64_t column = 0; column < chunk.columns; column += step)
    emitStep(sums, chunk, column, std::min(step, chunk.columns - column));
}

/// The i32 of row `r` that stands `offset` behind the start of the row.
Value DotTiles::xWord(const RowPlaces &rows, int64_t r, Value behind,
                      int64_t offset) {
  return memref::LoadOp::create(k.b, x,
                                k.add(placeOf(rows, r, behind), offset));
}

/// `columns` columns of a chunk, which all have one scale on either side.
void DotTiles::emitStep(Sums &sums, Chunk &chunk, int64_t column,
                        int64_t columns) {
  auto [tiles, numRows] = chunk.block;
  auto inUnits = [&](int64_t size) {
    return arith::DivUIOp::create(k.b, chunk.column, k.index(size));
  };
  // What stands for a chunk is whole units of each of the three.
  Value words = inUnits(4), groups = inUnits(QuantizedRow::kGroup),
        halves = inUnits(QuantizedRow::kSum);
  SmallVector<GroupDecoder::Factors> factors;
  for (int64_t t = 0; t < tiles; ++t)
    factors.push_back(chunk.factors(t, column / layout.groupColumns));

  SmallVector<Value> scales, codeSums, dots;
  for (int64_t r = 0; r < numRows; ++r) {
    scales.push_back(arith::BitcastOp::create(
        k.b, k.b.getF32Type(),
        xWord(chunk.rows, r, groups,
              row.scales + column / QuantizedRow::kGroup)));
    Value sum;
    if (layout.zeros || bias || layout.minima)
      for (int64_t at = 0; at < columns; at += QuantizedRow::kSum) {
        Value part = xWord(chunk.rows, r, halves,
                           row.sums + (column + at) / QuantizedRow::kSum);
        sum = sum ? arith::AddIOp::create(k.b, sum, part) : part;
      }
    codeSums.push_back(sum);
  }
  for (int64_t t = 0; t < tiles; ++t)
    for (int64_t r = 0; r < numRows; ++r)
      dots.push_back(startOf(factors[t], codeSums[r]));
  constexpr int64_t kInterleave = compression::GroupLayout::kInterleave;
  dots = k.loop(
      k.index(column / kInterleave), k.index((column + columns) / kInterleave),
      1, dots,
      [&, tiles = tiles, numRows = numRows](Value index, ValueRange carried) {
        SmallVector<Value> next(carried), weights;
        for (Value codes : chunk.codes) {
          Value unit = k.add(chunk.unit, index);
          prefetchUnit(codes, unit);
          Value bytes = GroupDecoder::Unit(decoder, codes, unit).bytes();
          if (flips)
            bytes = arith::XOrIOp::create(k.b, bytes, k.i32Splat(0x80808080));
          weights.push_back(bytes);
        }
        Value word = k.add(words, index);
        for (int64_t r = 0; r < numRows; ++r) {
          Value four = k.broadcast(xWord(chunk.rows, r, word, 0));
          for (int64_t t = 0; t < tiles; ++t) {
            Value &sum = next[t * numRows + r];
            sum = dot(sum, weights[t], four);
          }
        }
        return next;
      });
  auto f32 = k.vectorOf(k.b.getF32Type());
  for (int64_t r = 0; r < numRows; ++r) {
    Value scale = k.broadcast(scales[r]), minimum;
    if (layout.minima)
      minimum = k.mulf(
          scale, arith::SIToFPOp::create(k.b, f32, k.broadcast(codeSums[r])));
    for (int64_t t = 0; t < tiles; ++t) {
      Value &sum = sums[t * numRows + r];
      sum =
          k.fma(k.mulf(factors[t].scale, scale),
                arith::SIToFPOp::create(k.b, f32, dots[t * numRows + r]), sum);
      if (minimum)
        sum = k.fma(factors[t].minimum, minimum, sum);
    }
  }
}

/// What a dot product starts with: what zeros of weights take away.
Value DotTiles::startOf(const GroupDecoder::Factors &factors, Value codeSum) {
  if (layout.zeros) {
    Value zero = factors.zero;
    if (flips)
      zero = arith::SubIOp::create(k.b, zero, k.i32Splat(128));
    return arith::SubIOp::create(
        k.b, k.i32Splat(0),
        arith::MulIOp::create(k.b, zero, k.broadcast(codeSum)));
  }
  if (!bias)
    return k.i32Splat(0);
  Value factor = arith::ConstantIntOp::create(k.b, -bias, 32);
  return k.broadcast(arith::MulIOp::create(k.b, codeSum, factor));
}

/// The sums of the products of the 16-bit halves of each lane.
Value DotTiles::addPairs(Value a, Value b) {
  Value sixteen = k.i32Splat(16);
  auto high = [&](Value v) -> Value {
    return arith::ShRSIOp::create(k.b, v, sixteen);
  };
  auto low = [&](Value v) {
    return high(arith::ShLIOp::create(k.b, v, sixteen));
  };
  return arith::AddIOp::create(k.b, arith::MulIOp::create(k.b, low(a), low(b)),
                               arith::MulIOp::create(k.b, high(a), high(b)));
}

/// Adds to each lane of `sum` the dot product of its 4 unsigned bytes of
/// `weights` and its 4 signed bytes of `row`.
Value DotTiles::dot(Value sum, Value weights, Value row) {
  Type i32 = k.b.getI32Type();
  auto call = [&](StringRef name, int64_t lanes, int64_t bits,
                  ArrayRef<Value> operands) -> Value {
    // Of the operands the first is the sum, if there are three.
    auto part = k.vectorOf(i32, lanes);
    auto narrow = k.vectorOf(k.b.getIntegerType(bits), lanes * 32 / bits);
    Value result = sum;
    for (int64_t lane = 0; lane < kVector; lane += lanes) {
      SmallVector<Value> slices;
      for (auto [index, operand] : llvm::enumerate(operands)) {
        Value slice = operand;
        if (lanes < kVector)
          slice = vector::ExtractStridedSliceOp::create(k.b, operand, lane,
                                                        lanes, 1);
        bool isSum = operands.size() == 3 && index == 0;
        slices.push_back(isSum ? slice
                               : vector::BitCastOp::create(k.b, narrow, slice));
      }
      Value found = LLVM::CallIntrinsicOp::create(
                        k.b, part, k.b.getStringAttr(name), slices)
                        .getResult(0);
      if (lanes == kVector)
        return found;
      result =
          vector::InsertStridedSliceOp::create(k.b, found, result, lane, 1);
    }
    return result;
  };
  if (target.int8Dot == Int8Dot::Vnni)
    return target.lanes == kVector ? call("llvm.x86.avx512.vpdpbusd.512", 16, 8,
                                          {sum, weights, row})
                                   : call("llvm.x86.avx512.vpdpbusd.256", 8, 8,
                                          {sum, weights, row});
  if (target.int8Dot == Int8Dot::UsDot)
    return call("llvm.aarch64.neon.usdot.v4i32.v16i8", 4, 8,
                {sum, weights, row});
  if (target.int8Dot == Int8Dot::SDot)
    return call("llvm.aarch64.neon.sdot.v4i32.v16i8", 4, 8,
                {sum, weights, row});
  // Even and odd bytes as 16-bit numbers; a multiply-add of pairs is exact.
  auto pairs = k.vectorOf(k.b.getI16Type(), 2 * kVector);
  auto asPairs = [&](Value lanes) -> Value {
    return vector::BitCastOp::create(k.b, pairs, lanes);
  };
  auto splatPairs = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(
        k.b, pairs, DenseElementsAttr::get(pairs, APInt(16, value)));
  };
  Value w = asPairs(weights), v = asPairs(row), eight = splatPairs(8);
  Value weightPairs[] = {arith::AndIOp::create(k.b, w, splatPairs(0xff)),
                         arith::ShRUIOp::create(k.b, w, eight)};
  Value rowPairs[] = {
      arith::ShRSIOp::create(k.b, arith::ShLIOp::create(k.b, v, eight), eight),
      arith::ShRSIOp::create(k.b, v, eight)};
  for (auto [left, right] : llvm::zip_equal(weightPairs, rowPairs)) {
    auto lanes = k.vectorOf(i32);
    Value a = vector::BitCastOp::create(k.b, lanes, left),
          b = vector::BitCastOp::create(k.b, lanes, right);
    Value products = !target.isX86() ? addPairs(a, b)
                     : target.lanes == kVector
                         ? call("llvm.x86.avx512.pmaddw.d.512", 16, 16, {a, b})
                         : call("llvm.x86.avx2.pmadd.wd", 8, 16, {a, b});
    sum = arith::AddIOp::create(k.b, sum, products);
  }
  return sum;
}

} // namespace swage::cpu
