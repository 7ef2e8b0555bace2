//===- EmbeddingKernel.cpp - Gather embedding rows from weight tiles ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A token's row is one lane of its tile, so its values stand a vector apart:
// one element (or pair of bf16) of every cache line. That is 16 times the
// bytes of a row-major table, of which a run reads one row a token, and in
// return a tied table is stored once, as the logits read it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/Kernels.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace swage::cpu {
namespace {

class EmbeddingEmitter {
public:
  EmbeddingEmitter(KernelBuilder &k, const EmbeddingSpec &spec)
      : k(k), spec(spec), tokens(k.binding(0)), table(k.binding(1)),
        out(k.binding(2)), interleave(tileInterleave(spec.weight)),
        steps(llvm::divideCeil(spec.columns, interleave)),
        outStride(paddedRowLength(spec.columns, Element::F32)) {}

  void emit() {
    k.loop(k.begin(), k.end(), 1, [&](Value row) {
      Value token = k.loadIndex(tokens, row);
      Value tile = arith::DivUIOp::create(k.b, token, k.index(kTileRows));
      Value lane = arith::RemUIOp::create(k.b, token, k.index(kTileRows));
      Value base = k.add(k.mul(tile, steps * kTileRows), lane);
      Value outBase = k.mul(row, outStride);
      int64_t whole = spec.columns / interleave;
      k.loop(k.index(0), k.index(whole), 1,
             [&](Value step) { copy(base, outBase, step, interleave); });
      // The last k of an odd row has no neighbour in the output.
      if (int64_t rest = spec.columns % interleave)
        copy(base, outBase, k.index(whole), rest);
    });
  }

private:
  /// Writes the first `count` values of the lane's step.
  void copy(Value base, Value outBase, Value step, int64_t count) {
    Value at = k.add(base, k.mul(step, kTileRows));
    SmallVector<Value> values;
    if (interleave == 1) {
      values = {k.loadScalar(table, at)};
    } else {
      Value pair = memref::LoadOp::create(k.b, table, at);
      values = {bits(arith::ShLIOp::create(k.b, pair, i32(16))),
                bits(arith::AndIOp::create(k.b, pair, i32(0xffff0000)))};
    }
    Value to = k.add(outBase, k.mul(step, interleave));
    for (int64_t j = 0; j < count; ++j) {
      Value value = values[j];
      if (spec.scale != 1.0)
        value = k.mulf(value, arith::ConstantOp::create(
                                  k.b, k.b.getF32FloatAttr(float(spec.scale))));
      memref::StoreOp::create(k.b, value, out, k.add(to, j));
    }
  }

  Value i32(uint32_t value) {
    return arith::ConstantOp::create(k.b,
                                     k.b.getI32IntegerAttr(int32_t(value)));
  }
  Value bits(Value integer) {
    return arith::BitcastOp::create(k.b, k.b.getF32Type(), integer);
  }

  KernelBuilder &k;
  const EmbeddingSpec &spec;
  Value tokens, table, out;
  int64_t interleave, steps, outStride;
};

} // namespace

func::FuncOp buildEmbedding(OpBuilder &builder, Location loc, StringRef name,
                            const EmbeddingSpec &spec,
                            const Capabilities &target) {
  MLIRContext *context = builder.getContext();
  Type bindings[] = {KernelBuilder::i32Buffer(context),
                     KernelBuilder::weightBuffer(context, spec.weight),
                     KernelBuilder::buffer(context, Element::F32)};
  KernelBuilder k(builder, loc, name, bindings, /*numScalars=*/1);
  EmbeddingEmitter(k, spec).emit();
  return k.finish();
}

} // namespace swage::cpu
