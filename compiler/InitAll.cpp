//===- InitAll.cpp - Registration of everything ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/InitAll.h"
#include "compiler/pipeline/Stages.h"
#include "dialects/compression/Compression.h"
#include "dialects/schedule/Schedule.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/compression/Passes.h"
#include "passes/fusion/Passes.h"
#include "passes/lowering/Passes.h"
#include "passes/raising/Passes.h"
#include "passes/scheduling/Passes.h"
#include "passes/specialization/Passes.h"
#include "targets/cpu/Passes.h"
#include "targets/cpu/dialect/CpuDialect.h"
#include "targets/cpu/dialect/Passes.h"

using namespace mlir;

void swage::registerAllDialects(DialectRegistry &registry) {
  registry.insert<arith::ArithDialect, func::FuncDialect, linalg::LinalgDialect,
                  math::MathDialect, tensor::TensorDialect>();
  registry.insert<compression::CompressionDialect, schedule::ScheduleDialect,
                  transformer::TransformerDialect>();
  // Targets.
  cpu::registerDialects(registry);
  registry.insert<cpu::SwageCpuDialect>();
}

void swage::registerAllPasses() {
  registerRaising();
  registerFusion();
  registerCompression();
  registerSpecialization();
  registerScheduling();
  registerSwageLoweringPasses();
  cpu::registerSwageCpuKernelsPasses();
  cpu::registerPassesAndPipelines();
  registerCodegenPipeline();
}
