//===- AttentionSoftmax.cpp - One page of the online softmax --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scores are in units of log 2 (the queries' scale carries log2 e), so that the
// exponential is a power of two: its whole part goes straight into the
// exponent, and there is no range reduction to round.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/AttentionParts.h"
#include <cmath>
#include <limits>
#include <numeric>

using namespace mlir;

namespace swage::cpu {
namespace {

constexpr int64_t kPageVectors = kPagePositions / kVector;

/// A constant vector of i32.
Value i32Vector(KernelBuilder &k, ArrayRef<int32_t> elements) {
  auto type = k.vectorOf(k.b.getI32Type());
  return arith::ConstantOp::create(k.b, type,
                                   DenseElementsAttr::get(type, elements));
}

/// The greater of each pair of lanes; the second where one is NaN. This is
/// one instruction on x86, where the IEEE forms are several.
Value greater(KernelBuilder &k, Value x, Value y) {
  Value isGreater = arith::CmpFOp::create(k.b, arith::CmpFPredicate::OGT, x, y);
  return arith::SelectOp::create(k.b, isGreater, x, y);
}

/// Lane i is the greatest lane of vector i, of up to 16 vectors. Two vectors
/// are halved into one at a time, which takes a third of the instructions of
/// one reduction each; every vector's lanes meet in the same order.
Value greatestLanes(KernelBuilder &k, ArrayRef<Value> vectors) {
  SmallVector<Value> rest(vectors);
  rest.resize(kVector, vectors.back());
  for (int64_t half = kVector / 2; half; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t group = 0; group < 2 * kVector; group += 2 * half)
      for (int64_t i = 0; i < half; ++i)
        low.push_back(group + i), high.push_back(group + half + i);
    SmallVector<Value> halved;
    for (size_t i = 0; i < rest.size(); i += 2)
      halved.push_back(
          greater(k, vector::ShuffleOp::create(k.b, rest[i], rest[i + 1], low),
                  vector::ShuffleOp::create(k.b, rest[i], rest[i + 1], high)));
    rest = std::move(halved);
  }
  return rest.front();
}

/// 2^x for x <= 0 or NaN: exactly 1 at 0, exactly 0 below -126 and at minus
/// infinity, otherwise within 1e-7.
Value powerOfTwo(KernelBuilder &k, Value x) {
  // 2^r = 1 + r * polynomial for |r| <= 1/2, minimax of the relative error
  // with the constant term fixed, from the highest power down.
  static constexpr double coefficients[] = {0x1.41fbbcp-13,
                                            0x1.5f3e54p-10,
                                            0x1.3b2d4cp-7,
                                            0x1.c6aee8p-5,
                                            0x1.ebfbdcp-3,
                                            0x1.62e43p-1,
                                            1.0};
  // Adding 1.5 * 2^23 rounds to a whole number, which stands in the low bits.
  Value magic = k.splat(0x1.8p23);
  Value shifted = k.addf(x, magic);
  Value r =
      arith::SubFOp::create(k.b, x, arith::SubFOp::create(k.b, shifted, magic));
  Value y = k.splat(coefficients[0]);
  for (double c : ArrayRef<double>(coefficients).drop_front())
    y = k.fma(y, r, k.splat(c));

  auto broadcastInt = [&](int32_t i) {
    return i32Vector(k, SmallVector<int32_t>(kVector, i));
  };
  Value whole =
      arith::BitcastOp::create(k.b, k.vectorOf(k.b.getI32Type()), shifted);
  Value exponent = arith::AddIOp::create(
      k.b, arith::ShLIOp::create(k.b, whole, broadcastInt(23)),
      broadcastInt(127 << 23));
  Value scale =
      arith::BitcastOp::create(k.b, k.vectorOf(k.b.getF32Type()), exponent);
  // Unordered, so that NaN stays.
  Value normal =
      arith::CmpFOp::create(k.b, arith::CmpFPredicate::UGE, x, k.splat(-126.0));
  return arith::SelectOp::create(k.b, normal, k.mulf(y, scale), k.splat(0.0));
}

/// Vector `vector` of a query's exponentials, and of its scores.
Value exponentialsAt(KernelBuilder &k, Value query, int64_t vector) {
  return k.add(k.mul(query, kPagePositions), vector * kVector);
}
Value scoresAt(AttentionFrame &f, Value query, int64_t vector) {
  return arith::AddIOp::create(f.k.b, f.firstScore,
                               exponentialsAt(f.k, query, vector));
}

} // namespace

void emitSoftCap(AttentionFrame &f, int64_t queries) {
  KernelBuilder &k = f.k;
  // The queries' scale carries 1 / cap.
  Value cap = k.splat(*f.spec.softCap * M_LOG2E);
  Value end = k.add(f.firstScore, queries * kPagePositions);
  k.loop(f.firstScore, end, kVector, [&](Value at) {
    Value bent = math::TanhOp::create(k.b, k.load(f.scores, at));
    k.store(k.mulf(cap, bent), f.scores, at);
  });
}

void emitMask(AttentionFrame &f, AttentionTile tile, Value last) {
  KernelBuilder &k = f.k;
  auto inLanes = [&](Value index) {
    return k.broadcast(
        arith::IndexCastOp::create(k.b, k.b.getI32Type(), index));
  };
  Value hidden = k.splat(-std::numeric_limits<double>::infinity());
  k.loop(k.index(0), k.index(tile.queries()), 1, [&](Value query) {
    Value row = arith::DivUIOp::create(k.b, query, k.index(tile.heads));
    Value own = f.spec.causal ? k.add(last, row) : last;
    Value greatest = inLanes(own);
    Value before =
        f.spec.window ? inLanes(k.sub(own, *f.spec.window)) : Value();
    for (int64_t v = 0; v < kPageVectors; ++v) {
      SmallVector<int32_t> offsets;
      for (int64_t i = 0; i < kVector; ++i)
        offsets.push_back(v * kVector + i);
      Value lanes = i32Vector(k, offsets);
      Value at = scoresAt(f, query, v), score = k.load(f.scores, at);
      auto hide = [&](arith::CmpIPredicate when, Value limit) {
        Value isHidden = arith::CmpIOp::create(k.b, when, lanes, limit);
        score = arith::SelectOp::create(k.b, isHidden, hidden, score);
      };
      hide(arith::CmpIPredicate::sgt, greatest);
      if (before)
        hide(arith::CmpIPredicate::sle, before);
      k.store(score, f.scores, at);
    }
  });
}

/// Stores whole lines: what a tile register loads soon must not be in parts in
/// the store buffer.
static void storeExponentials(AttentionFrame &f, Value query,
                              ArrayRef<Value> vectors) {
  KernelBuilder &k = f.k;
  Type element = cast<MemRefType>(f.exponentials.getType()).getElementType();
  int64_t perLine = 32 / element.getIntOrFloatBitWidth();
  for (int64_t v = 0; v < kPageVectors; v += perLine) {
    Value line = k.narrow(vectors[v], element);
    if (perLine == 2) {
      SmallVector<int64_t> both(2 * kVector);
      std::iota(both.begin(), both.end(), 0);
      line = vector::ShuffleOp::create(k.b, line,
                                       k.narrow(vectors[v + 1], element), both);
    }
    vector::StoreOp::create(k.b, line, f.exponentials,
                            exponentialsAt(k, query, v));
  }
}

/// Puts the new maxima in place of the old ones, and into `factor` what the
/// old results are scaled by; returns whether any of these is not 1.
static Value updateMaxima(AttentionFrame &f, int64_t queries) {
  KernelBuilder &k = f.k;
  SmallVector<Value> greatest;
  for (int64_t q = 0; q < queries; ++q) {
    Value query = k.index(q);
    greatest.push_back(k.load(f.scores, scoresAt(f, query, 0)));
    for (int64_t v = 1; v < kPageVectors; ++v)
      greatest.back() =
          greater(k, greatest.back(), k.load(f.scores, scoresAt(f, query, v)));
  }
  Value first = k.index(0), old = k.load(f.maximum, first);
  Value maxima = greater(k, greatestLanes(k, greatest), old);
  Value factors = powerOfTwo(k, arith::SubFOp::create(k.b, old, maxima));
  k.store(maxima, f.maximum, first);
  k.store(factors, f.factor, first);
  Value isNew = arith::CmpFOp::create(k.b, arith::CmpFPredicate::UNE, factors,
                                      k.splat(1.0));
  return vector::ReductionOp::create(k.b, vector::CombiningKind::OR, isNew);
}

Value emitSoftmax(AttentionFrame &f, int64_t queries,
                  const std::optional<PageFetch> &ahead) {
  // A score waits for the maximum of its query, and the maximum for all scores:
  // those of all queries come first, so that exponentials need not wait in the
  // processor's queues.
  KernelBuilder &k = f.k;
  Value changed = updateMaxima(f, queries);
  k.loop(k.index(0), k.index(queries), 1, [&](Value query) {
    auto inLanes = [&](Value buffer) {
      return k.broadcast(memref::LoadOp::create(k.b, buffer, query));
    };
    Value greatest = inLanes(f.maximum);
    Value sumAt = k.mul(query, kVector);
    Value sum = k.mulf(k.load(f.sum, sumAt), inLanes(f.factor));
    SmallVector<Value> exponentials;
    for (int64_t v = 0; v < kPageVectors; ++v) {
      if (ahead)
        ahead->inSoftmax(k, query, v, kPageVectors);
      Value score = k.load(f.scores, scoresAt(f, query, v));
      exponentials.push_back(
          powerOfTwo(k, arith::SubFOp::create(k.b, score, greatest)));
      sum = k.addf(sum, exponentials.back());
    }
    storeExponentials(f, query, exponentials);
    k.store(sum, f.sum, sumAt);
  });
  return changed;
}

} // namespace swage::cpu
