//===- AttentionPrologue.cpp - Rotate heads, append to the cache ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/AttentionParts.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// The mask of `count` elements in one vector; none if that is all of them.
Value partialMask(KernelBuilder &k, int64_t count) {
  return count < kVector ? k.maskOf(count) : Value();
}

/// Cosines and sines of up to 16 pairs of dimensions.
struct Phases {
  Value cosine, sine;
};

/// Loads `pairs` pairs (cosine, sine) and takes them apart.
Phases loadPhases(AttentionFrame &f, Value at, int64_t pairs) {
  KernelBuilder &k = f.k;
  int64_t low = std::min(kVector, 2 * pairs), high = 2 * pairs - low;
  Value first = k.load(f.phaseTable, at, partialMask(k, low));
  Value second =
      high ? k.load(f.phaseTable, k.add(at, kVector), partialMask(k, high))
           : k.splat(0.0);
  SmallVector<int64_t> even, odd;
  for (int64_t i = 0; i < kVector; ++i)
    even.push_back(2 * i), odd.push_back(2 * i + 1);
  return {vector::ShuffleOp::create(k.b, first, second, even),
          vector::ShuffleOp::create(k.b, first, second, odd)};
}

/// a * b - c * d.
Value differenceOfProducts(KernelBuilder &k, Value a, Value b, Value c,
                           Value d) {
  return k.fma(a, b, arith::NegFOp::create(k.b, k.mulf(c, d)));
}

/// Writes zeros over `count` elements, a multiple of 16, from `at`: a lane that
/// is masked later must never meet what an earlier owner of the page left.
void clear(KernelBuilder &k, Value buffer, Value at, int64_t count) {
  k.loop(k.index(0), k.index(count), kVector,
         [&](Value i) { k.store(k.splat(0.0), buffer, k.add(at, i)); });
}

/// What the cache keeps of values: an infinity that a row appends would make
/// NaN of the zeros that rows before it in the page multiply it with, so f16
/// ends at its greatest number.
Value finiteValues(AttentionFrame &f, Value values) {
  if (f.spec.cache.element != Element::F16)
    return values;
  KernelBuilder &k = f.k;
  constexpr double kGreatest = 65504;
  Value below = arith::MinimumFOp::create(k.b, values, k.splat(kGreatest));
  return arith::MaximumFOp::create(k.b, below, k.splat(-kGreatest));
}

} // namespace

void emitPhases(AttentionFrame &f, Value position) {
  KernelBuilder &k = f.k;
  const RopeSpec &rope = *f.spec.rope;
  int64_t half = rope.dims / 2;
  // Rows of the table: fine ones of the position's class, then its coarse ones.
  Value fine = k.index(0);
  if (rope.classes > 1) {
    Value span = k.index(rope.span);
    fine = k.mul(arith::DivUIOp::create(k.b, position, span),
                 kRopeFinePositions + rope.span / kRopeFinePositions);
    position = arith::RemUIOp::create(k.b, position, span);
  }
  Value split = k.index(kRopeFinePositions);
  Value coarse = k.add(fine, kRopeFinePositions);
  Value fineAt = k.mul(
      k.add(fine, arith::RemUIOp::create(k.b, position, split)), 2 * half);
  Value coarseAt = k.mul(
      k.add(coarse, arith::DivUIOp::create(k.b, position, split)), 2 * half);
  for (int64_t i = 0; i < half; i += kVector) {
    int64_t pairs = std::min(kVector, half - i);
    Phases fine = loadPhases(f, k.add(fineAt, 2 * i), pairs);
    Phases coarse = loadPhases(f, k.add(coarseAt, 2 * i), pairs);
    k.store(differenceOfProducts(k, fine.cosine, coarse.cosine, fine.sine,
                                 coarse.sine),
            f.cosines, k.index(i));
    k.store(k.fma(fine.sine, coarse.cosine, k.mulf(fine.cosine, coarse.sine)),
            f.sines, k.index(i));
  }
}

void emitRotated(AttentionFrame &f, Value rows, Value from, double scale,
                 Value to, Value at) {
  KernelBuilder &k = f.k;
  Value factor = scale == 1.0 ? Value() : k.splat(scale);
  auto store = [&](Value vector, int64_t i, Value mask) {
    k.store(factor ? k.mulf(vector, factor) : vector, to, k.add(at, i), mask);
  };
  int64_t dims = f.spec.rope ? f.spec.rope->dims : 0, half = dims / 2;
  for (int64_t i = 0; i < half; i += kVector) {
    Value mask = partialMask(k, half - i);
    Value x = k.load(rows, k.add(from, i), mask);
    Value y = k.load(rows, k.add(from, half + i), mask);
    Value cosine = k.load(f.cosines, k.index(i));
    Value sine = k.load(f.sines, k.index(i));
    store(differenceOfProducts(k, x, cosine, y, sine), i, mask);
    store(k.fma(y, cosine, k.mulf(x, sine)), half + i, mask);
  }
  for (int64_t i = dims; i < f.spec.headDim; i += kVector) {
    Value mask = partialMask(k, f.spec.headDim - i);
    store(k.load(rows, k.add(from, i), mask), i, mask);
  }
}

void emitAppend(AttentionFrame &f, Value row, Value slot, Value kvHead,
                Value table) {
  KernelBuilder &k = f.k;
  int64_t headDim = f.spec.headDim;
  Value positions = k.index(kPagePositions);
  Value page =
      f.batchAt(k.add(table, arith::DivUIOp::create(k.b, slot, positions)));
  Value offset = arith::RemUIOp::create(k.b, slot, positions);
  if (f.coded)
    return emitAppendCodes(f, row, kvHead, page, offset);
  Value keysAt = f.keyPage(page, kvHead), valuesAt = f.valuePage(page, kvHead);
  k.when(k.less(offset, k.index(1)), [&] {
    clear(k, f.keys, keysAt, f.keyDims * kPagePositions);
    clear(k, f.values, valuesAt, kPagePositions * f.valueRow);
  });

  if (f.spec.rope)
    emitPhases(f, f.positionOf(row));
  emitRotated(f, f.newKeys.buffer, f.headAt(f.newKeys, row, kvHead), 1.0, f.key,
              k.index(0));
  k.loop(k.index(0), k.index(headDim), 1, [&](Value d) {
    memref::StoreOp::create(
        k.b, memref::LoadOp::create(k.b, f.key, d), f.keys,
        k.add(keysAt, f.cacheAt(d, kPagePositions, offset)));
  });
  Value from = f.headAt(f.newValues, row, kvHead);
  // Side by side with the value of the other position of its pair, or whole.
  bool paired = f.interleave > 1;
  Value to = paired ? f.value : f.values;
  Value at = paired ? k.index(0) : k.add(valuesAt, k.mul(offset, f.valueRow));
  for (int64_t i = 0; i < headDim; i += kVector)
    k.store(finiteValues(f, k.load(f.newValues.buffer, k.add(from, i),
                                   partialMask(k, headDim - i))),
            to, k.add(at, i));
  if (paired)
    k.loop(k.index(0), k.index(headDim), 1, [&](Value d) {
      memref::StoreOp::create(
          k.b, memref::LoadOp::create(k.b, f.value, d), f.values,
          k.add(valuesAt, f.cacheAt(offset, f.valueRow, d)));
    });
}

} // namespace swage::cpu
