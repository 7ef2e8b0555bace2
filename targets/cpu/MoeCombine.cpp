//===- MoeCombine.cpp - The sum of the experts' rows ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/MoeKernels.h"

using namespace mlir;

namespace swage::cpu {

func::FuncOp buildCombine(OpBuilder &builder, Location loc, StringRef name,
                          const CombineSpec &spec, const Capabilities &target) {
  Type buffer = KernelBuilder::buffer(builder.getContext(), Element::F32);
  KernelBuilder k(builder, loc, name, {buffer, buffer, buffer},
                  /*numScalars=*/1, target);
  Value x = k.binding(0), weights = k.binding(1), out = k.binding(2);
  int64_t stride = paddedRowLength(spec.columns, Element::F32);
  int64_t rankStride = paddedRowLength(spec.topK, Element::F32);
  int64_t whole = spec.columns / kVector * kVector;
  k.loop(k.begin(), k.end(), 1, [&](Value row) {
    SmallVector<Value> factors;
    for (int64_t rank = 0; rank < spec.topK; ++rank)
      factors.push_back(k.broadcast(
          k.loadScalar(weights, k.add(k.mul(row, rankStride), rank))));
    Value from = k.mul(row, spec.topK * stride), to = k.mul(row, stride);
    auto combine = [&](Value column, Value mask) {
      Value sum;
      for (auto [rank, factor] : llvm::enumerate(factors)) {
        Value at = k.add(k.add(from, rank * stride), column);
        Value v = k.load(x, at, mask);
        sum = sum ? k.fma(factor, v, sum) : k.mulf(factor, v);
      }
      Value at = k.add(to, column);
      if (spec.residual)
        sum = k.addf(k.load(out, at, mask), sum);
      k.store(sum, out, at, mask);
    };
    k.loop(k.index(0), k.index(whole), kVector,
           [&](Value column) { combine(column, Value()); });
    if (int64_t rest = spec.columns - whole)
      combine(k.index(whole), k.maskOf(rest));
  });
  return k.finish();
}

} // namespace swage::cpu
