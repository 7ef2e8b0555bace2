//===- MoeRoute.cpp - Experts for rows, and rows for experts --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each row's probabilities stand in a scratch while its experts are taken from
// it. Then a counting sort: how many pairs each expert has, where its places
// begin, and each pair, in order, to the next place of its expert.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/MoeKernels.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

namespace swage::cpu {
namespace {

class RouteEmitter {
public:
  RouteEmitter(KernelBuilder &k, const RouteSpec &spec)
      : k(k), spec(spec), logits(k.binding(0)), weights(k.binding(1)),
        experts(k.binding(2)), places(k.binding(3)), groups(k.binding(4)),
        rows(k.scalar(0)),
        logitStride(paddedRowLength(spec.experts, Element::F32)),
        rankStride(paddedRowLength(spec.topK, Element::F32)), zero(k.index(0)) {
    MLIRContext *context = k.b.getContext();
    probabilities = scratch(KernelBuilder::elementType(context, Element::F32),
                            llvm::alignTo(spec.experts, kVector));
    counts = scratch(k.b.getI32Type(), spec.experts);
  }

  void emit() {
    k.loop(zero, k.index(spec.experts), 1,
           [&](Value expert) { storeIndex(zero, counts, expert); });
    k.loop(zero, rows, 1, [&](Value row) {
      emitSoftmax(k.mul(row, logitStride));
      emitChoice(k.mul(row, rankStride));
    });
    emitGroups();
    emitPlaces();
  }

private:
  Value scratch(Type element, int64_t size) {
    auto type = MemRefType::get(size, element);
    return memref::AllocaOp::create(k.b, type, ValueRange{},
                                    k.b.getI64IntegerAttr(64));
  }

  Value f32(double value) {
    return arith::ConstantOp::create(k.b, k.b.getF32FloatAttr(float(value)));
  }

  void storeIndex(Value value, Value buffer, Value at) {
    Value word = arith::IndexCastOp::create(k.b, k.b.getI32Type(), value);
    memref::StoreOp::create(k.b, word, buffer, at);
  }

  //===--- One row -------------------------------------------------------===//

  /// Folds the row's vectors with `body`, which gets the first column of each,
  /// the mask of its columns, if some are missing, and what is folded so far.
  Value fold(double initial,
             llvm::function_ref<Value(Value, Value, Value)> body) {
    int64_t whole = spec.experts / kVector * kVector;
    Value folded =
        k.loop(zero, k.index(whole), kVector, ValueRange{k.splat(initial)},
               [&](Value column, ValueRange carried) {
                 return SmallVector<Value>{body(column, Value(), carried[0])};
               })[0];
    if (int64_t rest = spec.experts - whole)
      folded = body(k.index(whole), k.maskOf(rest), folded);
    return folded;
  }

  /// Lanes outside `mask` become `other`.
  Value orElse(Value v, Value mask, double other) {
    return mask ? Value(arith::SelectOp::create(k.b, mask, v, k.splat(other)))
                : v;
  }

  /// Puts the probabilities of the logits at `base` into the scratch.
  void emitSoftmax(Value base) {
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    Value maxima = fold(lowest, [&](Value column, Value mask, Value max) {
      Value v = k.load(logits, k.add(base, column), mask);
      return Value(
          arith::MaximumFOp::create(k.b, max, orElse(v, mask, lowest)));
    });
    Value greatest = k.broadcast(vector::ReductionOp::create(
        k.b, vector::CombiningKind::MAXIMUMF, maxima));
    Value sums = fold(0.0, [&](Value column, Value mask, Value sum) {
      Value v = k.load(logits, k.add(base, column), mask);
      Value e = orElse(
          math::ExpOp::create(k.b, arith::SubFOp::create(k.b, v, greatest)),
          mask, 0.0);
      k.store(e, probabilities, column);
      return k.addf(sum, e);
    });
    Value sum = k.broadcast(k.sumLanes(sums));
    fold(0.0, [&](Value column, Value, Value unused) {
      k.store(k.divf(k.load(probabilities, column), sum), probabilities,
              column);
      return unused;
    });
  }

  /// Takes the experts of the row at `base` from the scratch.
  void emitChoice(Value base) {
    auto takeNext = [&](Value rank, ValueRange sum) -> SmallVector<Value> {
      SmallVector<Value> best = greatestLeft();
      Value at = k.add(base, rank);
      memref::StoreOp::create(k.b, best[0], weights, at);
      storeIndex(best[1], experts, at);
      memref::StoreOp::create(k.b, f32(-1.0), probabilities, best[1]);
      storeIndex(k.add(k.loadIndex(counts, best[1]), 1), counts, best[1]);
      return {k.addf(sum[0], best[0])};
    };
    Value sum =
        k.loop(zero, k.index(spec.topK), 1, ValueRange{f32(0.0)}, takeNext)[0];
    if (!spec.normalize)
      return;
    k.loop(zero, k.index(spec.topK), 1, [&](Value rank) {
      Value at = k.add(base, rank);
      Value weight = k.divf(k.loadScalar(weights, at), sum);
      memref::StoreOp::create(k.b, weight, weights, at);
    });
  }

  /// The greatest probability in the scratch and its first place. Not a number
  /// is greater than all, so that it reaches the weights.
  SmallVector<Value> greatestLeft() {
    return k.loop(
        zero, k.index(spec.experts), 1, ValueRange{f32(-1.0), zero},
        [&](Value expert, ValueRange best) -> SmallVector<Value> {
          Value v = k.loadScalar(probabilities, expert);
          Value greater = arith::OrIOp::create(
              k.b,
              arith::CmpFOp::create(k.b, arith::CmpFPredicate::OGT, v, best[0]),
              arith::CmpFOp::create(k.b, arith::CmpFPredicate::UNO, v, v));
          return {arith::SelectOp::create(k.b, greater, v, best[0]),
                  arith::SelectOp::create(k.b, greater, expert, best[1])};
        });
  }

  //===--- All rows ------------------------------------------------------===//

  void storeGroup(Value group, Value expert, Value first, Value end) {
    Value at = k.mul(group, 3);
    storeIndex(expert, groups, at);
    storeIndex(first, groups, k.add(at, 1));
    storeIndex(end, groups, k.add(at, 2));
  }

  /// Writes the groups and turns the counts into first places.
  void emitGroups() {
    SmallVector<Value> ends =
        k.loop(zero, k.index(spec.experts), 1, ValueRange{zero, zero},
               [&](Value expert, ValueRange so) -> SmallVector<Value> {
                 Value first = so[0], group = so[1];
                 Value count = k.loadIndex(counts, expert);
                 Value end = k.add(first, count);
                 Value some = k.less(zero, count);
                 k.when(some, [&] { storeGroup(group, expert, first, end); });
                 storeIndex(first, counts, expert);
                 Value next =
                     arith::SelectOp::create(k.b, some, k.add(group, 1), group);
                 return {end, next};
               });
    k.loop(ends[1], k.index(spec.experts), 1,
           [&](Value group) { storeGroup(group, zero, ends[0], ends[0]); });
  }

  void emitPlaces() {
    k.loop(zero, rows, 1, [&](Value row) {
      k.loop(zero, k.index(spec.topK), 1, [&](Value rank) {
        Value expert =
            k.loadIndex(experts, k.add(k.mul(row, rankStride), rank));
        Value place = k.loadIndex(counts, expert);
        storeIndex(k.add(k.mul(row, spec.topK), rank), places, place);
        storeIndex(k.add(place, 1), counts, expert);
      });
    });
  }

  KernelBuilder &k;
  const RouteSpec &spec;
  Value logits, weights, experts, places, groups, rows;
  int64_t logitStride, rankStride;
  Value zero;
  Value probabilities; ///< of one row; -1 where the expert is taken
  Value counts;        ///< pairs of each expert, later its next place
};

} // namespace

func::FuncOp buildRoute(OpBuilder &builder, Location loc, StringRef name,
                        const RouteSpec &spec, const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  Type f32 = KernelBuilder::buffer(context, Element::F32);
  Type i32 = KernelBuilder::i32Buffer(context);
  KernelBuilder k(builder, loc, name, {f32, f32, i32, i32, i32},
                  /*numScalars=*/1, target);
  RouteEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
