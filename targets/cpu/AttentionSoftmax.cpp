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

/// The greatest lane of `x` in all lanes.
Value greatestLane(KernelBuilder &k, Value x) {
  for (int64_t distance = kVector / 2; distance; distance /= 2) {
    SmallVector<int64_t> partner;
    for (int64_t i = 0; i < kVector; ++i)
      partner.push_back(i ^ distance);
    x = greater(k, x, vector::ShuffleOp::create(k.b, x, x, partner));
  }
  return x;
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

Value scoresAt(KernelBuilder &k, Value query, int64_t vector) {
  return k.add(k.mul(query, kPagePositions), vector * kVector);
}

} // namespace

void emitSoftCap(AttentionFrame &f, int64_t queries) {
  KernelBuilder &k = f.k;
  // The queries' scale carries 1 / cap.
  Value cap = k.splat(*f.spec.softCap * M_LOG2E);
  k.loop(k.index(0), k.index(queries * kPagePositions), kVector, [&](Value at) {
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
      Value at = scoresAt(k, query, v), score = k.load(f.scores, at);
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

void emitSoftmax(AttentionFrame &f, int64_t queries) {
  KernelBuilder &k = f.k;
  k.loop(k.index(0), k.index(queries), 1, [&](Value query) {
    SmallVector<Value> scores;
    for (int64_t v = 0; v < kPageVectors; ++v)
      scores.push_back(k.load(f.scores, scoresAt(k, query, v)));
    Value before = memref::LoadOp::create(k.b, f.maximum, query);
    Value old = k.broadcast(before);
    Value greatest = scores[0];
    for (Value s : ArrayRef<Value>(scores).drop_front())
      greatest = greater(k, greatest, s);
    greatest = greater(k, greatestLane(k, greatest), old);

    auto relative = [&](Value score) {
      return powerOfTwo(k, arith::SubFOp::create(k.b, score, greatest));
    };
    Value factor = relative(old);
    Value sumAt = k.mul(query, kVector);
    Value sum = k.mulf(k.load(f.sum, sumAt), factor);
    for (int64_t v = 0; v < kPageVectors; ++v) {
      Value p = relative(scores[v]);
      k.store(p, f.exponentials, scoresAt(k, query, v));
      sum = k.addf(sum, p);
    }
    k.store(sum, f.sum, sumAt);
    auto lane = [&](Value vector) {
      return vector::ExtractOp::create(k.b, vector, ArrayRef<int64_t>{0});
    };
    memref::StoreOp::create(k.b, lane(greatest), f.maximum, query);
    memref::StoreOp::create(k.b, lane(factor), f.factor, query);
  });
}

} // namespace swage::cpu
