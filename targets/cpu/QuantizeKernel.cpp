//===- QuantizeKernel.cpp - Rows quantized for integer dot products -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A group is four vectors, so a pass over a row does all of it:
//
//   x    | 16 | 16 | 16 | 16 |   largest magnitude m; scale m / 127
//   x * (127 / m), to the nearest integer         16 codes four times
//   sums of the codes of each vector, and of neighbours
//
// Where a row has one scale, a pass over it finds that first.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/RowPlace.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

/// The largest code. Groups with scales of their own leave -128 unused, so that
/// signs do not matter.
constexpr double kLargest = 127;

class QuantizeEmitter {
public:
  QuantizeEmitter(KernelBuilder &k, const QuantizeRowsSpec &spec)
      : k(k), spec(spec), from(spec.columns, spec.input, spec.slice),
        to(spec.columns, Element::Q8), row(spec.columns), x(k.binding(0)),
        out(k.binding(1)) {}

  void emit() {
    int64_t whole = spec.columns / kGroup;
    k.loop(k.begin(), k.end(), 1, [&](Value index) {
      Value source = from.start(k, index), target = to.start(k, index);
      if (spec.rowRange)
        rowScale = findRowScale(source);
      k.loop(k.index(0), k.index(whole), 1,
             [&](Value group) { emitGroup(source, target, group, kGroup); });
      if (int64_t rest = spec.columns % kGroup)
        emitGroup(source, target, k.index(whole), rest);
    });
  }

private:
  static constexpr int64_t kGroup = QuantizedRow::kGroup;

  Value magnitude(Value at, int64_t columns) {
    return math::AbsFOp::create(
        k.b, k.load(x, at, columns < kVector ? k.maskOf(columns) : Value()));
  }

  /// The scale of all groups of the row at `source`.
  Value findRowScale(Value source) {
    int64_t whole = spec.columns / kVector, rest = spec.columns % kVector;
    Value largest =
        k.loop(k.index(0), k.index(whole), 1, k.splat(0.0),
               [&](Value index, ValueRange carried) {
                 Value at = k.add(source, k.mul(index, kVector));
                 return SmallVector<Value>{arith::MaximumFOp::create(
                     k.b, carried.front(), magnitude(at, kVector))};
               })
            .front();
    if (rest)
      largest = arith::MaximumFOp::create(
          k.b, largest, magnitude(k.add(source, whole * kVector), rest));
    Value most = vector::ReductionOp::create(
        k.b, vector::CombiningKind::MAXIMUMF, largest);
    return arith::SelectOp::create(
        k.b, isTiny(most), k.constant(0.0),
        arith::DivFOp::create(k.b, most, k.constant(*spec.rowRange)));
  }

  /// Whether a quotient by that magnitude would be infinite, and zeros times it
  /// NaN.
  Value isTiny(Value most) {
    return arith::CmpFOp::create(k.b, arith::CmpFPredicate::OLT, most,
                                 k.constant(0x1p-119));
  }

  /// What the largest magnitude of a group gives: its scale, and a function of
  /// its values.
  std::pair<Value, std::function<Value(Value)>> ownScale(Value largest) {
    Value most = vector::ReductionOp::create(
        k.b, vector::CombiningKind::MAXIMUMF, largest);
    Value tiny = isTiny(most);
    auto unlessTiny = [&](Value quotient) -> Value {
      return arith::SelectOp::create(k.b, tiny, k.constant(0.0), quotient);
    };
    Value inverse =
        unlessTiny(arith::DivFOp::create(k.b, k.constant(kLargest), most));
    Value scale =
        unlessTiny(arith::DivFOp::create(k.b, most, k.constant(kLargest)));
    Value factor = k.broadcast(inverse);
    return {scale, [this, factor](Value x) { return k.mulf(x, factor); }};
  }

  /// The same where the row has a scale. Nothing is left of tiny rows.
  std::pair<Value, std::function<Value(Value)>> sharedScale() {
    Value zero = arith::CmpFOp::create(k.b, arith::CmpFPredicate::OEQ, rowScale,
                                       k.constant(0.0));
    Value divisor = k.broadcast(arith::SelectOp::create(
        k.b, zero, k.constant(std::numeric_limits<double>::infinity()),
        rowScale));
    return {rowScale, [this, divisor](Value x) { return k.divf(x, divisor); }};
  }

  void emitGroup(Value source, Value target, Value group, int64_t columns) {
    Value at = k.add(source, k.mul(group, kGroup));
    SmallVector<Value> values;
    Value largest;
    // What is behind the last column may be anything: it becomes zero.
    for (int64_t done = 0; done < kGroup; done += kVector) {
      int64_t left = columns - done;
      values.push_back(left <= 0
                           ? k.splat(0.0)
                           : k.load(x, k.add(at, done),
                                    left < kVector ? k.maskOf(left) : Value()));
      Value magnitude = math::AbsFOp::create(k.b, values.back());
      largest = largest ? arith::MaximumFOp::create(k.b, largest, magnitude)
                        : magnitude;
    }
    auto [scale, inScale] = spec.rowRange ? sharedScale() : ownScale(largest);
    double least = spec.rowRange ? -kLargest - 1 : -kLargest;
    auto put = [&](Value word, int64_t part, int64_t perGroup, int64_t index) {
      Value first = k.add(k.add(target, part), k.mul(group, perGroup));
      memref::StoreOp::create(k.b, word, out, k.add(first, index));
    };
    SmallVector<Value> sums;
    for (auto [quarter, value] : llvm::enumerate(values)) {
      Value nearest = math::RoundEvenOp::create(k.b, inScale(value));
      // No number beyond the range, and no NaN, may be converted; the scale
      // carries what is not finite into the result.
      nearest = arith::MaxNumFOp::create(k.b, nearest, k.splat(least));
      nearest = arith::MinNumFOp::create(k.b, nearest, k.splat(kLargest));
      Value codes =
          arith::FPToSIOp::create(k.b, k.vectorOf(k.b.getI32Type()), nearest);
      Value bytes =
          arith::TruncIOp::create(k.b, k.vectorOf(k.b.getI8Type()), codes);
      Value words = vector::BitCastOp::create(
          k.b, k.vectorOf(k.b.getI32Type(), kVector / 4), bytes);
      vector::StoreOp::create(k.b, words, out,
                              k.add(k.add(target, k.mul(group, kGroup / 4)),
                                    quarter * (kVector / 4)));
      sums.push_back(
          vector::ReductionOp::create(k.b, vector::CombiningKind::ADD, codes));
      put(sums.back(), row.sums16, kGroup / kVector, quarter);
    }
    for (int64_t half = 0; half < 2; ++half)
      put(arith::AddIOp::create(k.b, sums[2 * half], sums[2 * half + 1]),
          row.sums32, 2, half);
    put(arith::BitcastOp::create(k.b, k.b.getI32Type(), scale), row.scales, 1,
        0);
  }

  KernelBuilder &k;
  const QuantizeRowsSpec &spec;
  RowPlace from, to;
  QuantizedRow row;
  Value x, out;
  Value rowScale; ///< of the row, if all of its groups have one
};

} // namespace

func::FuncOp buildQuantizeRows(OpBuilder &builder, Location loc, StringRef name,
                               const QuantizeRowsSpec &spec,
                               const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  KernelBuilder k(builder, loc, name,
                  {KernelBuilder::buffer(context, spec.input),
                   KernelBuilder::buffer(context, Element::Q8)},
                  /*numScalars=*/1, target);
  QuantizeEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
