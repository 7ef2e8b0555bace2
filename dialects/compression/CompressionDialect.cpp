//===- CompressionDialect.cpp - The dialect and its operations -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace swage::compression;

#include "dialects/compression/CompressionDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/compression/CompressionOps.cpp.inc"

void CompressionDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialects/compression/CompressionOps.cpp.inc"
      >();
}

// ---- dequantize -------------------------------------------------------------

LogicalResult DequantizeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (input.getShape() != result.getShape()) // (C1)
    return emitOpError() << "expected a result of the input's shape, found "
                         << input << " and " << result;
  if (!isPlainFloat(input.getElementType()) &&
      !isa<GroupType>(input.getElementType())) // (C2)
    return emitOpError() << "expected input elements of type f32, f16, "
                            "bf16 or group, found "
                         << input.getElementType();
  if (!result.getElementType().isF32()) // (C2)
    return emitOpError() << "expected result elements of type f32, found "
                         << result.getElementType();
  return success();
}

/// Values that are f32 already stand for themselves.
OpFoldResult DequantizeOp::fold(FoldAdaptor) {
  return getInput().getType() == getResult().getType() ? getInput() : Value();
}

// ---- quantize ---------------------------------------------------------------

LogicalResult PermuteColumnsOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto order = cast<RankedTensorType>(getOrder().getType());
  if (input.getRank() != 2 || !isPlainFloat(input.getElementType())) // (C1)
    return emitOpError() << "expected a matrix of f32, f16 or bf16, found "
                         << input;
  if (order.getRank() != 1 || order.getDimSize(0) != input.getDimSize(1) ||
      !order.getElementType().isInteger(32)) // (C2)
    return emitOpError() << "expected an order of type tensor<"
                         << input.getDimSize(1) << "xi32>, found " << order;
  return success();
}

LogicalResult QuantizeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (input.getRank() != 2 || input.getShape() != result.getShape()) // (C1)
    return emitOpError() << "expected matrices of one shape, found " << input
                         << " and " << result;
  if (!isPlainFloat(input.getElementType())) // (C2)
    return emitOpError() << "expected input elements of type f32, f16 or "
                            "bf16, found "
                         << input.getElementType();
  auto group = dyn_cast<GroupType>(result.getElementType());
  if (!group || !group.getCodes().isSignlessInteger() || group.getZero() ||
      group.getMinimum() || !isPlainFloat(group.getScale())) // (C3)
    return emitOpError()
           << "expected result elements in groups of signed codes "
              "with a float scale only, found "
           << result.getElementType();
  if (std::optional<APFloat> range = getRowRange();
      range && !(range->isFinite() && *range > APFloat(0.0))) // (C4)
    return emitOpError() << "expected a positive finite row_range, found "
                         << range->convertToDouble();
  return success();
}
