//===- TransformerDialect.cpp - Registration and types --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage::transformer;

#include "dialects/transformer/TransformerDialect.cpp.inc"
#include "dialects/transformer/TransformerInterfaces.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/transformer/TransformerTypes.cpp.inc"

void TransformerDialect::initialize() {
  registerAttributes();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/transformer/TransformerTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/transformer/TransformerOps.cpp.inc"
      >();
}

LogicalResult CacheType::verify(function_ref<InFlightDiagnostic()> emitError,
                                int64_t numKvHeads, int64_t headDim,
                                Type element) {
  if (numKvHeads <= 0) // (C1)
    return emitError() << "expected a positive number of key/value heads, "
                          "found "
                       << numKvHeads;
  if (headDim <= 0) // (C1)
    return emitError() << "expected a positive head dimension, found "
                       << headDim;
  if (!element.isF32() && !element.isF16() && !element.isBF16()) // (C2)
    return emitError() << "expected cache elements of type f32, f16 or bf16, "
                          "found "
                       << element;
  return success();
}
