//===- Decompose.cpp - Replace operations by their meaning ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/lowering/Passes.h"

namespace swage {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/lowering/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;
using transformer::DecomposableOpInterface;

namespace {

/// The values that replace an operation, or failure if it has none.
FailureOr<SmallVector<Value>> decompose(Operation *op, OpBuilder &builder) {
  if (auto dequantize = dyn_cast<compression::DequantizeOp>(op)) {
    Value input = dequantize.getInput();
    Type type = dequantize.getResult().getType();
    if (input.getType() == type)
      return SmallVector<Value>{input};
    if (!compression::isPlainFloat(getElementTypeOrSelf(input.getType())))
      return failure();
    Value extended = arith::ExtFOp::create(builder, op->getLoc(), type, input);
    return SmallVector<Value>{extended};
  }
  return cast<DecomposableOpInterface>(op).decompose(builder);
}

struct Decompose : public swage::impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<DecomposableOpInterface, compression::DequantizeOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      FailureOr<SmallVector<Value>> values = decompose(op, builder);
      if (failed(values)) {
        op->emitOpError("has no meaning in upstream dialects: expected weights "
                        "of type f32, f16 or bf16; dequantize them first");
        return signalPassFailure();
      }
      op->replaceAllUsesWith(*values);
      op->erase();
      ++numDecomposed;
    }
  }
};

} // namespace
