//===- DispatchCost.cpp - What dispatches read, write and multiply --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/scheduling/VariantBuilder.h"

using namespace mlir;
using namespace swage;
namespace tf = swage::transformer;

/// Bytes that `count` neighbouring elements of `type` store.
static int64_t bytesOfElements(RankedTensorType type, int64_t count) {
  return int64_t(count * compression::getStorageBits(type.getElementType()) /
                 8);
}

AffineMapAttr VariantBuilder::multiplyAddsOf(Operation *op) const {
  if (auto grouped = dyn_cast<tf::GroupedLinearOp>(op))
    return map(resultRows(op) *
               (typeOf(grouped.getWeights().front()).getNumElements() *
                (grouped.getActivation() ? 2 : 1)));
  auto linear = dyn_cast<tf::LinearOp>(op);
  if (!linear)
    return {};
  int64_t perRow = 0;
  for (Value weight : linear.getWeights())
    perRow += typeOf(weight).getNumElements();
  return map(resultRows(op) * perRow);
}

AffineMapAttr VariantBuilder::bytesOf(Operation *op) const {
  // The cache is not in it: how much of it is read depends on each sequence's
  // past, which no size symbol tells.
  AffineExpr bytes = getAffineConstantExpr(0, builder.getContext());
  ValueRange operands = op->getOperands();
  if (auto grouped = dyn_cast<tf::GroupedLinearOp>(op))
    operands =
        operands.drop_back(grouped.getWeights().size() - matricesRead(grouped));
  for (Value operand : operands) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!type) // The batch: a few bytes for each row.
      continue;
    if (!type.hasStaticShape())
      bytes = bytes + storageOf(operand).rows *
                          bytesOfElements(type, type.getRank() == 2
                                                    ? type.getDimSize(1)
                                                    : 1);
    else if (!isa<tf::EmbeddingOp>(op))
      bytes = bytes + bytesOfElements(type, type.getNumElements());
  }
  RankedTensorType result = typeOf(op->getResult(0));
  return map(bytes +
             resultRows(op) * bytesOfElements(result, result.getDimSize(1)));
}
