//===- InitAll.cpp - Registration of everything ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/InitAll.h"
#include "dialects/compression/Compression.h"
#include "dialects/schedule/Schedule.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/lowering/Passes.h"

using namespace mlir;

void swage::registerAllDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, tensor::TensorDialect>();
  registry.insert<compression::CompressionDialect, schedule::ScheduleDialect,
                  transformer::TransformerDialect>();
}

void swage::registerAllPasses() { registerSwageLoweringPasses(); }
