//===- VerifyScheduled.cpp - Check what code generation relies on ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/schedule/Schedule.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/scheduling/Passes.h"

namespace swage {
#define GEN_PASS_DEF_VERIFYSCHEDULED
#include "passes/scheduling/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;

static LogicalResult verifyProgram(schedule::ProgramOp program) {
  auto entryPoints = program.getOps<schedule::EntryPointOp>();
  if (entryPoints.empty())
    return program.emitOpError("has no entry point");
  for (auto entryPoint : entryPoints)
    if (entryPoint.getOps<schedule::VariantOp>().empty())
      return entryPoint.emitOpError("has no variant");
  for (auto kernel : program.getOps<schedule::KernelOp>())
    if (!kernel.getComputeOp())
      return kernel.emitOpError(
          "must hold exactly one operation besides splits");
  return success();
}

namespace {

struct VerifyScheduled : swage::impl::VerifyScheduledBase<VerifyScheduled> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto function : module.getOps<func::FuncOp>()) {
      function.emitOpError("is left after the schedule stage");
      return signalPassFailure();
    }
    auto programs = module.getOps<schedule::ProgramOp>();
    if (programs.empty()) {
      module.emitError("has no schedule.program; was `swage.targets` empty?");
      return signalPassFailure();
    }
    for (auto program : programs)
      if (failed(verifyProgram(program)))
        return signalPassFailure();
  }
};

} // namespace
