//===- LinearTiles.cpp - Sums over packed weight tiles --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/LinearTiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "targets/cpu/DotTiles.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {

std::unique_ptr<TileSums> TileSums::make(KernelBuilder &k,
                                         const LinearOperands &spec,
                                         const Capabilities &target, Value x,
                                         Value weights) {
  if (spec.weight.groups && spec.activation == Element::Q8 &&
      spec.weight.groups->values.areIntegers())
    return std::make_unique<DotTiles>(k, spec, target, x, weights);
  if (spec.weight.groups)
    return std::make_unique<DecodedTiles>(k, spec, target, x, weights);
  return std::make_unique<LinearTiles>(k, spec, target, x, weights);
}

LinearTiles::LinearTiles(KernelBuilder &k, const LinearOperands &spec,
                         const Capabilities &target, Value x, Value weights)
    : k(k), spec(spec), target(target), x(x), weights(weights),
      interleave(tileInterleave(spec.weight)),
      dot(target.hasBf16Dot && spec.weight == Element::BF16 &&
          spec.activation == Element::BF16),
      steps(llvm::divideCeil(spec.k, interleave)) {}

SmallVector<Value> LinearTiles::accumulate(Value tile, Block block,
                                           const RowPlaces &rows) {
  // Enough work between two branches, and few enough instructions for the
  // decoded-instruction cache.
  int64_t unroll = block.rows * block.tiles > 8 ? 4 : 8;
  int64_t looped = steps / unroll * unroll;
  // The last step of an odd k holds one value; it is not in the loop.
  if (spec.k % interleave && looped == steps)
    looped -= unroll;
  Value weightBase = k.mul(tile, steps * kVector);
  SmallVector<Value> sums(block.tiles * block.rows, k.splat(0.0));
  if (looped > 0)
    sums = k.loop(k.index(0), k.index(looped), unroll, sums,
                  [&](Value step, ValueRange carried) {
                    SmallVector<Value> next(carried);
                    for (int64_t u = 0; u < unroll; ++u)
                      emitStep(next, block, weightBase, rows, k.add(step, u),
                               /*last=*/false);
                    return next;
                  });
  for (int64_t step = looped; step < steps; ++step)
    emitStep(sums, block, weightBase, rows, k.index(step),
             step + 1 == steps && spec.k % interleave);
  return sums;
}

/// One vector of weights of each tile times one or two k of each row.
/// `single`: only the first k of the interleave exists.
void LinearTiles::emitStep(SmallVector<Value> &sums, Block block,
                           Value weightBase, const RowPlaces &rows, Value step,
                           bool single) {
  Value weightAt = k.add(weightBase, k.mul(step, kVector));
  Value along = k.mul(step, interleave);
  Value xAt = rows.each.empty() ? k.add(rows.base, along) : Value();
  auto loadTile = [&](int64_t t) {
    return weightOperands(k.add(weightAt, t * steps * kVector));
  };
  auto loadRow = [&](int64_t r) {
    return xOperands(
        xAt ? k.add(xAt, r * rows.stride) : k.add(rows.each[r], along), single);
  };
  auto multiply = [&](int64_t t, int64_t r, ArrayRef<Value> w,
                      ArrayRef<Value> v) {
    Value &sum = sums[t * block.rows + r];
    for (auto [factor, value] : llvm::zip(w, v))
      sum = multiplyAdd(factor, value, sum);
  };
  // The shorter side waits in registers while the longer one streams.
  SmallVector<Operands> kept;
  if (block.rows <= block.tiles) {
    for (int64_t r = 0; r < block.rows; ++r)
      kept.push_back(loadRow(r));
    for (int64_t t = 0; t < block.tiles; ++t) {
      Operands w = loadTile(t);
      for (int64_t r = 0; r < block.rows; ++r)
        multiply(t, r, w, kept[r]);
    }
    return;
  }
  for (int64_t t = 0; t < block.tiles; ++t)
    kept.push_back(loadTile(t));
  for (int64_t r = 0; r < block.rows; ++r) {
    Operands v = loadRow(r);
    for (int64_t t = 0; t < block.tiles; ++t)
      multiply(t, r, kept[t], v);
  }
}

Value LinearTiles::multiplyAdd(Value weight, Value value, Value sum) {
  if (!dot)
    return k.fma(weight, value, sum);
  if (target.lanes == kVector)
    return x86vector::DotBF16Op::create(k.b, sum.getType(), sum, weight, value);
  // BFDOT of Advanced SIMD, a register at a time; upstream has no operation.
  VectorType part = k.vectorOf(k.b.getF32Type(), target.lanes);
  for (int64_t lane = 0; lane < kVector; lane += target.lanes) {
    auto slice = [&](Value vector, int64_t width) -> Value {
      return vector::ExtractStridedSliceOp::create(k.b, vector, lane * width,
                                                   target.lanes * width, 1);
    };
    auto dots = LLVM::CallIntrinsicOp::create(
        k.b, part, k.b.getStringAttr("llvm.aarch64.neon.bfdot.v4f32.v8bf16"),
        ValueRange{slice(sum, 1), slice(weight, 2), slice(value, 2)});
    sum = vector::InsertStridedSliceOp::create(k.b, dots.getResult(0), sum,
                                               lane, 1);
  }
  return sum;
}

int64_t LinearTiles::weightLaneBytes() const {
  return interleave * elementBytes(spec.weight);
}

/// The weight vector at `at` as the left factors of the multiply-adds.
LinearTiles::Operands LinearTiles::weightOperands(Value at) {
  if (target.prefetchBytes && spec.streams)
    memref::PrefetchOp::create(
        k.b, weights, k.add(at, target.prefetchBytes / weightLaneBytes()),
        /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  Value raw = k.loadWeights(weights, at);
  if (dot)
    return {asBf16(raw)};
  if (spec.weight == Element::BF16)
    return {k.lowHalf(raw), k.highHalf(raw)};
  return {k.widen(raw)};
}

/// The x values at `at` as the right factors, each in all lanes.
LinearTiles::Operands LinearTiles::xOperands(Value at, bool single) {
  if (spec.activation != Element::BF16 || interleave == 1) {
    Operands out;
    for (int64_t j = 0; j < (single ? 1 : interleave); ++j)
      out.push_back(k.broadcast(k.loadScalar(x, k.add(at, j))));
    return out;
  }
  Value pair = k.broadcast(single ? loadSingle(at) : loadPair(at));
  if (dot)
    return {asBf16(pair)};
  if (single)
    return {k.lowHalf(pair)};
  return {k.lowHalf(pair), k.highHalf(pair)};
}

/// Two neighbouring bf16 as one i32.
Value LinearTiles::loadPair(Value at) {
  Value two =
      vector::LoadOp::create(k.b, k.vectorOf(k.b.getBF16Type(), 2), x, at);
  Value word =
      vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI32Type(), 1), two);
  return vector::ExtractOp::create(k.b, word, ArrayRef<int64_t>{0});
}

/// One bf16 in the low half of an i32. What stands behind the row's last
/// value may be anything, and zero times anything is not always zero.
Value LinearTiles::loadSingle(Value at) {
  Value one = memref::LoadOp::create(k.b, x, at);
  return arith::ExtUIOp::create(
      k.b, k.b.getI32Type(),
      arith::BitcastOp::create(k.b, k.b.getI16Type(), one));
}

Value LinearTiles::asBf16(Value lanes) {
  return vector::BitCastOp::create(
      k.b, k.vectorOf(k.b.getBF16Type(), 2 * kVector), lanes);
}

} // namespace swage::cpu
