//===- CodeDots.cpp - Arithmetic of codes times codes ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/CodeDots.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <algorithm>

using namespace mlir;
using swage::compression::GroupLayout;

namespace swage::cpu {

CodeDots::CodeDots(KernelBuilder &k, const compression::GroupLayout &layout,
                   const Capabilities &target, int64_t columns, Value x)
    : k(k), layout(layout), target(target), x(x), row(columns),
      step(std::min<int64_t>(layout.groupColumns, 32)),
      flips(target.int8Dot == Int8Dot::SDot && layout.values.reach() > 127),
      bias(layout.values.bias - (flips ? 128 : 0)) {}

void CodeDots::addChunk(MutableArrayRef<Value> sums, const Chunk &chunk) {
  SmallVector<Value> parts(sums.size(), k.splat(0.0));
  for (int64_t column = 0; column < GroupLayout::kChunk; column += step)
    addStep(parts, chunk, column);
  for (auto [r, row] : llvm::enumerate(chunk.rows)) {
    Value scale = rowScale(row, chunk.index);
    for (int64_t t = 0; t < chunk.tiles; ++t) {
      int64_t i = t * chunk.rows.size() + r;
      sums[i] = k.fma(scale, parts[i], sums[i]);
    }
  }
}

/// The columns of a chunk from `column` on that have one factor.
void CodeDots::addStep(MutableArrayRef<Value> parts, const Chunk &chunk,
                       int64_t column) {
  constexpr int64_t kInterleave = GroupLayout::kInterleave;
  int64_t numRows = chunk.rows.size();
  SmallVector<GroupDecoder::Factors> factors;
  for (int64_t t = 0; t < chunk.tiles; ++t)
    factors.push_back(chunk.factors(t, column));
  Value index =
      k.add(k.mul(chunk.index, GroupLayout::kChunk / step), column / step);
  SmallVector<Value> rowSums, dots;
  for (Value row : chunk.rows)
    rowSums.push_back(rowSum(row, index));
  for (int64_t t = 0; t < chunk.tiles; ++t)
    for (int64_t r = 0; r < numRows; ++r)
      dots.push_back(start(factors[t], rowSums[r]));
  Value units = k.mul(chunk.index, GroupLayout::kChunk / kInterleave);
  dots = k.loop(
      k.index(column / kInterleave), k.index((column + step) / kInterleave), 1,
      dots, [&](Value unit, ValueRange carried) {
        SmallVector<Value> next(carried), weights;
        for (int64_t t = 0; t < chunk.tiles; ++t) {
          Value codes = chunk.codes(t, unit);
          weights.push_back(
              flips ? arith::XOrIOp::create(k.b, codes, k.i32Splat(0x80808080))
                    : codes);
        }
        Value ofRow = k.add(units, unit);
        for (int64_t r = 0; r < numRows; ++r) {
          Value codes = k.broadcast(word(chunk.rows[r], 0, ofRow));
          for (int64_t t = 0; t < chunk.tiles; ++t) {
            Value &sum = next[t * numRows + r];
            sum = dot(sum, weights[t], codes);
          }
        }
        return next;
      });
  for (int64_t t = 0; t < chunk.tiles; ++t)
    for (int64_t r = 0; r < numRows; ++r) {
      Value &part = parts[t * numRows + r];
      part = addStep(part, factors[t], dots[t * numRows + r], rowSums[r]);
    }
}

/// The i32 number `index` of that part of a row.
Value CodeDots::word(Value at, int64_t part, Value index) {
  return memref::LoadOp::create(k.b, x, k.add(k.add(at, index), part));
}

Value CodeDots::rowScale(Value at, Value chunk) {
  return k.broadcast(arith::BitcastOp::create(k.b, k.b.getF32Type(),
                                              word(at, row.scales, chunk)));
}

Value CodeDots::rowSum(Value at, Value index) {
  if (!layout.zeros && !bias && !layout.minima)
    return {};
  return k.broadcast(word(at, step == 16 ? row.sums16 : row.sums32, index));
}

/// What a dot product starts with: what zeros of weights take away.
Value CodeDots::start(const GroupDecoder::Factors &factors, Value rowSum) {
  Value zero;
  if (layout.zeros) {
    zero = factors.zero;
    if (flips)
      zero = arith::SubIOp::create(k.b, zero, k.i32Splat(128));
  } else if (bias) {
    zero = k.i32Splat(bias);
  } else {
    return k.i32Splat(0);
  }
  return arith::SubIOp::create(k.b, k.i32Splat(0),
                               arith::MulIOp::create(k.b, zero, rowSum));
}

Value CodeDots::addStep(Value part, const GroupDecoder::Factors &factors,
                        Value dot, Value rowSum) {
  auto f32 = k.vectorOf(k.b.getF32Type());
  part = k.fma(factors.scale, arith::SIToFPOp::create(k.b, f32, dot), part);
  if (layout.minima)
    part =
        k.fma(factors.minimum, arith::SIToFPOp::create(k.b, f32, rowSum), part);
  return part;
}

/// The sums of the products of the 16-bit halves of each lane.
Value CodeDots::addPairs(Value a, Value b) {
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

/// Adds to each lane of `sum` the dot product of its 4 bytes of
/// `weights` and its 4 signed bytes of `row`.
Value CodeDots::dot(Value sum, Value weights, Value row) {
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
