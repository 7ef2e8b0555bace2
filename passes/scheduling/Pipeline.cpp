//===- Pipeline.cpp - The schedule stage ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassRegistry.h"
#include "passes/scheduling/Passes.h"

using namespace mlir;
using namespace swage;

void swage::buildSchedulePipeline(OpPassManager &manager) {
  // The programs take over everything that the functions say.
  manager.addPass(createBuildPrograms());
  // Code generation and emission run on what is checked here.
  manager.addPass(createVerifyScheduled());
}

void swage::registerScheduling() {
  registerSwageSchedulingPasses();
  PassPipelineRegistration<>(
      "swage-schedule", "the schedule stage: specialized functions to programs",
      buildSchedulePipeline);
}
