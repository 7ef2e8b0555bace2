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
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/lowering/Passes.h"

namespace swage {
#define GEN_PASS_DEF_DECOMPOSE
#include "passes/lowering/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;
using transformer::DecomposableOpInterface;

namespace {

/// A gather along columns.
Value decompose(compression::PermuteColumnsOp op, OpBuilder &builder) {
  ImplicitLocOpBuilder b(op.getLoc(), builder);
  auto type = cast<RankedTensorType>(op.getResult().getType());
  Value empty = tensor::EmptyOp::create(
      b, tensor::getMixedSizes(b, b.getLoc(), op.getInput()),
      type.getElementType());
  AffineMap identity = b.getMultiDimIdentityMap(2),
            column = AffineMap::get(2, 0, b.getAffineDimExpr(1));
  SmallVector<utils::IteratorType> parallel(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, type, op.getOrder(), empty, ArrayRef{column, identity},
             parallel,
             [&](OpBuilder &body, Location loc, ValueRange elements) {
               Value row = linalg::IndexOp::create(body, loc, 0);
               Value from = arith::IndexCastOp::create(
                   body, loc, body.getIndexType(), elements.front());
               Value element = tensor::ExtractOp::create(
                   body, loc, op.getInput(), ValueRange{row, from});
               linalg::YieldOp::create(body, loc, element);
             })
      .getResult(0);
}

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
  if (auto permute = dyn_cast<compression::PermuteColumnsOp>(op))
    return SmallVector<Value>{decompose(permute, builder)};
  return cast<DecomposableOpInterface>(op).decompose(builder);
}

struct Decompose : public swage::impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<DecomposableOpInterface, compression::DequantizeOp,
              compression::PermuteColumnsOp>(op))
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
