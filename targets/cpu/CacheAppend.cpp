//===- CacheAppend.cpp - New keys and values in codes ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Factors are rounded to f16 first, and codes are the nearest for the rounded
// ones. An infinity becomes the greatest number that codes can stand for, as it
// becomes the greatest f16 in a cache of those; NaN makes its scale NaN.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/AttentionParts.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace swage::cpu {
namespace {

constexpr double kGreatestF16 = 65504;

/// One stage of the transform in each of `vectors`: lane i meets lane i ^
/// `distance`.
void addLanes(KernelBuilder &k, MutableArrayRef<Value> vectors,
              int64_t distance) {
  SmallVector<int64_t> partners;
  SmallVector<float> signs;
  for (int64_t i = 0; i < kVector; ++i) {
    partners.push_back(i ^ distance);
    signs.push_back(i & distance ? -1.0f : 1.0f);
  }
  Value sign = arith::ConstantOp::create(
      k.b, k.vectorOf(k.b.getF32Type()),
      DenseElementsAttr::get(k.vectorOf(k.b.getF32Type()),
                             ArrayRef<float>(signs)));
  for (Value &x : vectors)
    x = k.fma(x, sign, vector::ShuffleOp::create(k.b, x, x, partners));
}

/// Quantizes heads into the frame's codes, and puts their factors to a page.
class HeadQuantizer {
public:
  /// Factors of `offset` stand `scales` and `minima` bytes behind `at` of
  /// `page`.
  HeadQuantizer(AttentionFrame &f, const CachePage &page, Value offset,
                int64_t scales, int64_t minima)
      : f(f), k(f.k), coded(*f.coded), page(page), offset(offset),
        scales(scales), minima(minima),
        greatestCode(f.coded->greatest / f.coded->unit) {}

  /// Of the head at element `from` of `heads`.
  void emit(Value heads, Value from) {
    for (int64_t group = 0; group < coded.groups; ++group)
      emitGroup(heads, from, group);
  }

private:
  using Kind = vector::CombiningKind;

  void emitGroup(Value heads, Value from, int64_t group);
  /// Codes of both signs, and codes from a minimum on.
  void emitSymmetric(ArrayRef<Value> values, int64_t group);
  void emitAffine(ArrayRef<Value> values, int64_t count, int64_t group);
  /// The greatest or least of the first `count` lanes; NaN if one is.
  Value extreme(Kind kind, ArrayRef<Value> values, int64_t count);
  /// Stores the scale with which the greatest code stands for `extent`, and
  /// returns what turns numbers into codes, in all lanes: 0 if the scale is
  /// zero or NaN.
  Value emitScale(Value extent, int64_t group);
  /// Rounds an f32 to f16, puts that to the page, and returns it.
  Value storeFactor(Value factor, int64_t part, int64_t group);
  /// The nearest codes of `quotients`, from `least` on.
  void storeCodes(Value quotients, double least, int64_t at);
  Value smallFloats(Value values);

  AttentionFrame &f;
  KernelBuilder &k;
  const CodedPage &coded;
  const CachePage &page;
  Value offset;
  int64_t scales, minima;
  double greatestCode;
};

void HeadQuantizer::emitGroup(Value heads, Value from, int64_t group) {
  int64_t first = group * coded.groupSize;
  int64_t count = std::min(coded.groupSize, f.spec.headDim - first);
  SmallVector<Value> values;
  for (int64_t i = 0; i < count; i += kVector)
    values.push_back(
        k.load(heads, k.add(from, first + i),
               count - i < kVector ? k.maskOf(count - i) : Value()));
  if (coded.hasMinima)
    emitAffine(values, count, group);
  else
    emitSymmetric(values, group);
}

void HeadQuantizer::emitSymmetric(ArrayRef<Value> values, int64_t group) {
  SmallVector<Value> magnitudes;
  for (Value value : values)
    magnitudes.push_back(math::AbsFOp::create(k.b, value));
  Value most = extreme(Kind::MAXIMUMF, magnitudes, values.size() * kVector);
  most = arith::MinimumFOp::create(k.b, most,
                                   k.constant(coded.greatest * kGreatestF16));
  Value factor = emitScale(most, group);
  for (auto [i, value] : llvm::enumerate(values))
    storeCodes(k.mulf(value, factor), -greatestCode,
               group * coded.groupSize + i * kVector);
}

void HeadQuantizer::emitAffine(ArrayRef<Value> values, int64_t count,
                               int64_t group) {
  Value limit = k.constant(kGreatestF16), least = k.constant(-kGreatestF16);
  auto finite = [&](Value x) -> Value {
    return arith::MaximumFOp::create(
        k.b, arith::MinimumFOp::create(k.b, x, limit), least);
  };
  Value high = finite(extreme(Kind::MAXIMUMF, values, count));
  Value low = finite(extreme(Kind::MINIMUMF, values, count));
  Value minimum = storeFactor(low, minima, group);
  // Rounding may have put it above all.
  Value range =
      arith::MaximumFOp::create(k.b, k.subf(high, minimum), k.constant(0));
  Value factor = emitScale(range, group), start = k.broadcast(minimum);
  for (auto [i, value] : llvm::enumerate(values))
    storeCodes(k.mulf(k.subf(value, start), factor), 0,
               group * coded.groupSize + i * kVector);
}

Value HeadQuantizer::extreme(Kind kind, ArrayRef<Value> values, int64_t count) {
  bool most = kind == Kind::MAXIMUMF;
  double none = std::numeric_limits<double>::infinity() * (most ? -1 : 1);
  Value all;
  for (auto [i, value] : llvm::enumerate(values)) {
    int64_t left = count - int64_t(i) * kVector;
    Value seen = value;
    if (left < kVector)
      seen = arith::SelectOp::create(k.b, k.maskOf(left), seen, k.splat(none));
    if (!all)
      all = seen;
    else if (most)
      all = arith::MaximumFOp::create(k.b, all, seen);
    else
      all = arith::MinimumFOp::create(k.b, all, seen);
  }
  return vector::ReductionOp::create(k.b, kind, all);
}

Value HeadQuantizer::emitScale(Value extent, int64_t group) {
  Value scale =
      storeFactor(k.divf(extent, k.constant(coded.greatest)), scales, group);
  scale = arith::MulFOp::create(k.b, scale, k.constant(coded.unit));
  Value some = arith::CmpFOp::create(k.b, arith::CmpFPredicate::OGT, scale,
                                     k.constant(0));
  return k.broadcast(arith::SelectOp::create(
      k.b, some, k.divf(k.constant(1), scale), k.constant(0)));
}

Value HeadQuantizer::storeFactor(Value factor, int64_t part, int64_t group) {
  Type f16 = k.b.getF16Type();
  Value rounded = arith::TruncFOp::create(k.b, f16, factor);
  Value one = vector::BroadcastOp::create(k.b, k.vectorOf(f16, 1), rounded);
  Value bytes =
      vector::BitCastOp::create(k.b, k.vectorOf(k.b.getI8Type(), 2), one);
  Value at = k.add(page.at, k.mul(offset, 2));
  vector::StoreOp::create(k.b, bytes, page.buffer,
                          k.add(at, part + 2 * group * kPagePositions));
  return arith::ExtFOp::create(k.b, k.b.getF32Type(), rounded);
}

void HeadQuantizer::storeCodes(Value quotients, double least, int64_t at) {
  // No number beyond the range, and no NaN, may be converted.
  quotients = arith::MinNumFOp::create(k.b, quotients, k.splat(greatestCode));
  quotients = arith::MaxNumFOp::create(k.b, quotients, k.splat(least));
  Value codes;
  if (*f.spec.cache.codes == CacheCodes::E4M3) {
    codes = smallFloats(quotients);
  } else {
    codes = arith::FPToSIOp::create(k.b, k.vectorOf(k.b.getI32Type()),
                                    math::RoundEvenOp::create(k.b, quotients));
  }
  Value bytes =
      arith::TruncIOp::create(k.b, k.vectorOf(k.b.getI8Type()), codes);
  vector::StoreOp::create(k.b, bytes, f.codes, k.index(at));
}

/// E4M3 of values up to its greatest, rounded to nearest even, in i32.
Value HeadQuantizer::smallFloats(Value values) {
  auto i32 = k.vectorOf(k.b.getI32Type());
  auto bitsOf = [&](Value x) -> Value {
    return arith::BitcastOp::create(k.b, i32, x);
  };
  auto shiftRight = [&](Value x, int64_t bits) -> Value {
    return arith::ShRUIOp::create(k.b, x, k.i32Splat(bits));
  };
  auto addi = [&](Value x, Value y) -> Value {
    return arith::AddIOp::create(k.b, x, y);
  };
  Value magnitude = math::AbsFOp::create(k.b, values);
  // 20 bits of f32's fraction go, and its exponent counts from 120 less.
  Value bits = bitsOf(magnitude);
  Value odd = arith::AndIOp::create(k.b, shiftRight(bits, 20), k.i32Splat(1));
  Value normal =
      addi(shiftRight(addi(bits, addi(odd, k.i32Splat(0x7ffff))), 20),
           k.i32Splat(-(120 << 3)));
  // Behind 2^14 an f32 counts in steps of 2^-9, as E4M3's subnormals do.
  Value steps = addi(bitsOf(k.addf(magnitude, k.splat(0x1p14))),
                     k.i32Splat(-((127 + 14) << 23)));
  Value isSubnormal = arith::CmpFOp::create(k.b, arith::CmpFPredicate::OLT,
                                            magnitude, k.splat(0x1p-6));
  Value sign = arith::AndIOp::create(k.b, shiftRight(bitsOf(values), 24),
                                     k.i32Splat(0x80));
  return arith::OrIOp::create(
      k.b, sign, arith::SelectOp::create(k.b, isSubnormal, steps, normal));
}

/// Writes zeros over `count` bytes, a multiple of 64.
void clearBytes(KernelBuilder &k, const CachePage &page, int64_t count) {
  auto line = k.vectorOf(k.b.getI8Type(), 64);
  Value zeros = arith::ConstantOp::create(k.b, line, k.b.getZeroAttr(line));
  k.loop(k.index(0), k.index(count), 64, [&](Value i) {
    vector::StoreOp::create(k.b, zeros, page.buffer, k.add(page.at, i));
  });
}

/// Puts the frame's codes of a key to a page, in which a position's codes do
/// not stand side by side.
void storeKey(AttentionFrame &f, const CachePage &page, Value offset) {
  KernelBuilder &k = f.k;
  int64_t perByte = f.coded->perByte, headDim = f.spec.headDim;
  Value at = k.add(page.at, offset);
  auto code = [&](Value d) -> Value {
    return memref::LoadOp::create(k.b, f.codes, d);
  };
  auto store = [&](Value byte, Value d) {
    memref::StoreOp::create(k.b, byte, page.buffer,
                            k.add(at, k.mul(d, kPagePositions / perByte)));
  };
  if (perByte == 1)
    return k.loop(k.index(0), k.index(headDim), 1,
                  [&](Value d) { store(code(d), d); });
  // The last of an odd number stands alone: what is behind it is zero.
  k.loop(k.index(0), k.index(headDim), 2, [&](Value d) {
    Value high = arith::ShLIOp::create(k.b, code(k.add(d, 1)),
                                       arith::ConstantIntOp::create(k.b, 4, 8));
    store(arith::OrIOp::create(k.b, code(d), high), d);
  });
}

/// Puts the frame's codes of a value to a page.
void storeValue(AttentionFrame &f, const CachePage &page, Value offset) {
  KernelBuilder &k = f.k;
  auto bytes = k.vectorOf(k.b.getI8Type());
  auto load = [&](Value buffer, Value at) -> Value {
    return vector::LoadOp::create(k.b, bytes, buffer, at);
  };
  auto spread = [&](Value byte) -> Value {
    return vector::BroadcastOp::create(k.b, bytes, byte);
  };
  auto byte = [&](int64_t x) -> Value {
    return arith::ConstantIntOp::create(k.b, x, 8);
  };
  bool pairs = f.coded->perByte == 2;
  Value row = offset, odd, shift, kept;
  if (pairs) {
    row = arith::DivUIOp::create(k.b, offset, k.index(2));
    odd = k.atLeast(arith::RemUIOp::create(k.b, offset, k.index(2)), 1);
    shift = spread(arith::SelectOp::create(k.b, odd, byte(4), byte(0)));
    kept = spread(arith::SelectOp::create(k.b, odd, byte(0x0f), byte(-16)));
  }
  Value to = k.add(page.at, k.mul(row, f.valueRow));
  for (int64_t d = 0; d < f.valueRow; d += kVector) {
    Value at = k.add(to, d), codes = load(f.codes, k.index(d));
    if (pairs) // What stands beside stays.
      codes = arith::OrIOp::create(
          k.b, arith::AndIOp::create(k.b, load(page.buffer, at), kept),
          arith::ShLIOp::create(k.b, codes, shift));
    vector::StoreOp::create(k.b, codes, page.buffer, at);
  }
}

} // namespace

void emitHadamard(AttentionFrame &f, Value heads, Value at) {
  KernelBuilder &k = f.k;
  int64_t size = f.coded->rotation;
  SmallVector<Value> vectors;
  for (int64_t i = 0; i < f.valueVectors; ++i)
    vectors.push_back(k.load(heads, k.add(at, i * kVector)));
  for (int64_t distance = 1; distance < size; distance *= 2) {
    if (distance < kVector) {
      addLanes(k, vectors, distance);
      continue;
    }
    int64_t far = distance / kVector;
    for (int64_t i = 0; i < f.valueVectors; ++i) {
      if (i & far)
        continue;
      Value low = vectors[i], high = vectors[i + far];
      vectors[i] = k.addf(low, high);
      vectors[i + far] = k.subf(low, high);
    }
  }
  Value scale = k.splat(1 / std::sqrt(double(size)));
  for (auto [i, vector] : llvm::enumerate(vectors))
    k.store(k.mulf(vector, scale), heads, k.add(at, i * kVector));
}

void emitAppendCodes(AttentionFrame &f, Value row, Value kvHead, Value page,
                     Value offset) {
  KernelBuilder &k = f.k;
  const CodedPage &coded = *f.coded;
  CachePage keys{f.keys, f.keyPage(page, kvHead)};
  CachePage values{f.values, f.valuePage(page, kvHead)};
  // What an earlier owner of the page left must never be met: it may be NaN.
  k.when(k.less(offset, k.index(1)), [&] {
    clearBytes(k, keys, coded.keyBytes);
    clearBytes(k, values, coded.valueBytes);
  });

  Value zero = k.index(0);
  if (f.spec.rope)
    emitPhases(f, f.positionOf(row));
  emitRotated(f, f.newKeys.buffer, f.headAt(f.newKeys, row, kvHead), 1.0, f.key,
              zero);
  if (coded.rotation > 1)
    emitHadamard(f, f.key, zero);
  HeadQuantizer(f, keys, offset, coded.keyScales, coded.keyMinima)
      .emit(f.key, zero);
  storeKey(f, keys, offset);
  HeadQuantizer(f, values, offset, coded.valueScales, coded.valueMinima)
      .emit(f.newValues.buffer, f.headAt(f.newValues, row, kvHead));
  storeValue(f, values, offset);
}

} // namespace swage::cpu
