//===- Pipeline.cpp - The stage raise -------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/raising/Passes.h"

using namespace mlir;

void swage::buildRaisingPipeline(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createVerifyImported());
}

void swage::registerRaising() {
  registerSwageRaisingPasses();
  PassPipelineRegistration<>("swage-raise",
                             "The stage raise: models in their own words",
                             buildRaisingPipeline);
}
