//===- LayerNormKernel.cpp - Rows of zero mean and unit variance ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three passes over a row, which stays in L1: the mean, the variance around it
// (not the difference of two large sums), and the normalized row. Sums are 16
// lanes that are added pairwise at the end.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/RowPlace.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class LayerNormEmitter {
public:
  LayerNormEmitter(KernelBuilder &k, const LayerNormSpec &spec)
      : k(k), spec(spec), x(k.binding(0)), weight(k.binding(1)),
        bias(spec.bias ? k.binding(2) : Value()),
        selected(spec.selectRows ? k.binding(2 + spec.bias) : Value()),
        out(k.binding(2 + spec.bias + spec.selectRows)),
        from(spec.columns, Element::F32, spec.slice),
        to(spec.columns, spec.output) {}

  void emit() {
    k.loop(k.begin(), k.end(), 1, [&](Value row) {
      Value source = selected ? k.loadIndex(selected, row) : row;
      Value xBase = from.start(k, source), outBase = to.start(k, row);
      Value mean = k.broadcast(meanOf(xBase));
      Value scale = k.broadcast(inverseDeviation(xBase, mean));
      k.columns(spec.columns, [&](Value column, Value mask) {
        Value centered = center(k.add(xBase, column), mean, mask);
        Value normed =
            k.mulf(k.mulf(centered, scale), k.load(weight, column, mask));
        if (bias)
          normed = k.addf(normed, k.load(bias, column, mask));
        k.store(normed, out, k.add(outBase, column), mask);
      });
    });
  }

private:
  Value meanOf(Value xBase) {
    Value sum =
        k.sumColumns(spec.columns, [&](Value sum, Value column, Value mask) {
          return k.addf(sum, k.load(x, k.add(xBase, column), mask));
        });
    return k.divf(sum, k.constant(double(spec.columns)));
  }

  Value inverseDeviation(Value xBase, Value mean) {
    Value sum =
        k.sumColumns(spec.columns, [&](Value sum, Value column, Value mask) {
          Value v = center(k.add(xBase, column), mean, mask);
          if (mask) // Lanes that do not exist deviate by the whole mean.
            v = arith::SelectOp::create(k.b, mask, v, k.splat(0.0));
          return k.fma(v, v, sum);
        });
    Value variance = k.divf(sum, k.constant(double(spec.columns)));
    Value root =
        math::SqrtOp::create(k.b, k.addf(variance, k.constant(spec.epsilon)));
    return k.divf(k.constant(1.0), root);
  }

  Value center(Value at, Value mean, Value mask) {
    return k.subf(k.load(x, at, mask), mean);
  }

  KernelBuilder &k;
  const LayerNormSpec &spec;
  Value x, weight, bias, selected, out;
  RowPlace from, to;
};

} // namespace

func::FuncOp buildLayerNorm(OpBuilder &builder, Location loc, StringRef name,
                            const LayerNormSpec &spec,
                            const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings(spec.bias ? 3 : 2,
                             KernelBuilder::buffer(context, Element::F32));
  if (spec.selectRows)
    bindings.push_back(KernelBuilder::i32Buffer(context));
  bindings.push_back(KernelBuilder::buffer(context, spec.output));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1, target);
  LayerNormEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
