//===- RmsNormKernel.cpp - Root mean square normalization of rows ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two passes over a row, which stays in L1: 16 lanes of sums of squares that
// are added pairwise at the end, then x * (1 / sqrt(mean + epsilon)) * weight,
// rounded after each multiplication as Hugging Face's f32 code does.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Kernels.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class RmsNormEmitter {
public:
  RmsNormEmitter(KernelBuilder &k, const RmsNormSpec &spec)
      : k(k), spec(spec), x(k.binding(0)), weight(k.binding(1)),
        selected(spec.selectRows ? k.binding(2) : Value()),
        out(k.binding(spec.selectRows ? 3 : 2)),
        xStride(paddedRowLength(spec.columns, Element::F32)),
        outStride(paddedRowLength(spec.columns, spec.output)) {}

  void emit() {
    k.loop(k.begin(), k.end(), 1, [&](Value row) {
      Value source = selected ? k.loadIndex(selected, row) : row;
      Value xBase = k.mul(source, xStride);
      scaleRow(xBase, k.mul(row, outStride), k.broadcast(inverseRms(xBase)));
    });
  }

private:
  int64_t whole() const { return spec.columns / kVector * kVector; }
  int64_t rest() const { return spec.columns % kVector; }

  Value inverseRms(Value xBase) {
    auto addSquares = [&](Value sum, Value column, Value mask) {
      Value v = k.load(x, k.add(xBase, column), mask);
      return k.fma(v, v, sum);
    };
    Value sums =
        k.loop(k.index(0), k.index(whole()), kVector, ValueRange{k.splat(0.0)},
               [&](Value column, ValueRange sum) {
                 return SmallVector<Value>{addSquares(sum[0], column, Value())};
               })[0];
    if (rest())
      sums = addSquares(sums, k.index(whole()), k.maskOf(rest()));
    auto constant = [&](double v) -> Value {
      return arith::ConstantOp::create(k.b, k.b.getF32FloatAttr(float(v)));
    };
    Value mean = k.divf(k.sumLanes(sums), constant(double(spec.columns)));
    // A square root and a division: both are exact to the last bit, which no
    // reciprocal square root instruction is.
    Value root =
        math::SqrtOp::create(k.b, k.addf(mean, constant(spec.epsilon)));
    return k.divf(constant(1.0), root);
  }

  void scaleRow(Value xBase, Value outBase, Value scale) {
    auto scaleVector = [&](Value column, Value mask) {
      Value v = k.load(x, k.add(xBase, column), mask);
      Value w = k.load(weight, column, mask);
      k.store(k.mulf(k.mulf(v, scale), w), out, k.add(outBase, column), mask);
    };
    k.loop(k.index(0), k.index(whole()), kVector,
           [&](Value column) { scaleVector(column, Value()); });
    if (rest())
      scaleVector(k.index(whole()), k.maskOf(rest()));
  }

  KernelBuilder &k;
  const RmsNormSpec &spec;
  Value x, weight, selected, out;
  int64_t xStride, outStride;
};

} // namespace

func::FuncOp buildRmsNorm(OpBuilder &builder, Location loc, StringRef name,
                          const RmsNormSpec &spec, const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings(2, KernelBuilder::buffer(context, Element::F32));
  if (spec.selectRows)
    bindings.push_back(KernelBuilder::i32Buffer(context));
  bindings.push_back(KernelBuilder::buffer(context, spec.output));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1);
  RmsNormEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
