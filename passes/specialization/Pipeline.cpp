//===- Pipeline.cpp - The stage specialize --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/specialization/Passes.h"

using namespace mlir;

void swage::buildSpecializationPipeline(
    OpPassManager &pm, const SpecializationPipelineOptions &options) {
  SpecializeRowsOptions rows;
  llvm::append_range(rows.kvCache, options.kvCache);
  rows.singleVariant = options.singleVariant;
  pm.addPass(createSpecializeRows(std::move(rows)));
  pm.addPass(createVerifySpecialized());
}

void swage::registerSpecialization() {
  registerSwageSpecializationPasses();
  PassPipelineRegistration<SpecializationPipelineOptions>(
      "swage-specialize", "The stage specialize: variants by row count",
      buildSpecializationPipeline);
}
