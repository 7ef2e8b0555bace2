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
#include "llvm/ADT/StringSwitch.h"
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

ArrayRef<StringRef> CacheType::getElementNames() {
  static constexpr StringRef names[] = {"f32", "f16",  "bf16",
                                        "fp8", "int8", "int4"};
  return names;
}

Type CacheType::getElementOf(MLIRContext *context, StringRef name) {
  return llvm::StringSwitch<Type>(name)
      .Case("f32", Float32Type::get(context))
      .Case("f16", Float16Type::get(context))
      .Case("bf16", BFloat16Type::get(context))
      .Case("fp8", Float8E4M3FNType::get(context))
      .Case("int8", IntegerType::get(context, 8))
      .Case("int4", IntegerType::get(context, 4))
      .Default(Type());
}

StringRef CacheType::getNameOf(Type element) {
  for (StringRef name : getElementNames())
    if (getElementOf(element.getContext(), name) == element)
      return name;
  return "";
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
  if (getNameOf(element).empty()) // (C2)
    return emitError() << "expected cache elements of type f32, f16, bf16, "
                          "f8E4M3FN, i8 or i4, found "
                       << element;
  return success();
}
