//===- RmsNormKernel.cpp - Root mean square normalization of rows ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two passes over a group of columns, which stays in L1: 16 lanes of sums of
// squares that are added pairwise at the end, then
// x * (1 / sqrt(mean + epsilon)) * weight, rounded after each multiplication as
// Hugging Face's f32 code does.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/RowPlace.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class RmsNormEmitter {
public:
  RmsNormEmitter(KernelBuilder &k, const RmsNormSpec &spec)
      : k(k), spec(spec), group(spec.group.value_or(spec.columns)),
        x(k.binding(0)), weight(k.binding(1)),
        selected(spec.selectRows ? k.binding(2) : Value()),
        out(k.binding(spec.selectRows ? 3 : 2)),
        from(spec.columns, Element::F32, spec.slice),
        to(spec.columns, spec.output) {}

  void emit() {
    k.loop(k.begin(), k.end(), 1, [&](Value row) {
      Value source = selected ? k.loadIndex(selected, row) : row;
      Value xBase = from.start(k, source), outBase = to.start(k, row);
      if (group == spec.columns) {
        emitGroup(xBase, outBase);
        return;
      }
      k.loop(k.index(0), k.index(spec.columns), group, [&](Value column) {
        emitGroup(k.add(xBase, column), k.add(outBase, column));
      });
    });
  }

private:
  void emitGroup(Value xBase, Value outBase) {
    Value scale = k.broadcast(inverseRms(xBase));
    k.columns(group, [&](Value column, Value mask) {
      Value v = k.load(x, k.add(xBase, column), mask);
      Value w = k.load(weight, column, mask);
      if (spec.weightOffset != 0.0)
        w = k.addf(w, k.splat(spec.weightOffset));
      Value normed = k.mulf(k.mulf(v, scale), w);
      Value at = k.add(outBase, column);
      if (spec.residual)
        normed = k.addf(k.load(out, at, mask), normed);
      k.store(normed, out, at, mask);
    });
  }

  Value inverseRms(Value xBase) {
    Value sum = k.sumColumns(group, [&](Value sum, Value column, Value mask) {
      Value v = k.load(x, k.add(xBase, column), mask);
      return k.fma(v, v, sum);
    });
    Value mean = k.divf(sum, k.constant(double(group)));
    // A square root and a division: both are exact to the last bit, which no
    // reciprocal square root instruction is.
    Value root =
        math::SqrtOp::create(k.b, k.addf(mean, k.constant(spec.epsilon)));
    return k.divf(k.constant(1.0), root);
  }

  KernelBuilder &k;
  const RmsNormSpec &spec;
  int64_t group;
  Value x, weight, selected, out;
  RowPlace from, to;
};

} // namespace

func::FuncOp buildRmsNorm(OpBuilder &builder, Location loc, StringRef name,
                          const RmsNormSpec &spec, const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  SmallVector<Type> bindings(2, KernelBuilder::buffer(context, Element::F32));
  if (spec.selectRows)
    bindings.push_back(KernelBuilder::i32Buffer(context));
  bindings.push_back(KernelBuilder::buffer(context, spec.output));
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1, target);
  RmsNormEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
