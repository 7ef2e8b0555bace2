//===- Pipeline.cpp - The stage compress ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/compression/Passes.h"

using namespace mlir;

void swage::buildCompressionPipeline(
    OpPassManager &pm, const CompressionPipelineOptions &options) {
  AssignEncodingsOptions encodings;
  encodings.recipe = options.recipe;
  pm.addPass(createAssignEncodings(encodings));
  pm.addPass(createSplitMixedLinears());
  AssignActivationsOptions activations;
  activations.activations = options.activations;
  pm.addPass(createAssignActivations(activations));
  pm.addPass(createVerifyCompressed());
}

void swage::registerCompression() {
  registerSwageCompressionStagePasses();
  PassPipelineRegistration<CompressionPipelineOptions>(
      "swage-compress", "The stage compress: encodings of weights and rows",
      buildCompressionPipeline);
}
