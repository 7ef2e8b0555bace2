//===- Pipeline.cpp - The stage fuse --------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "passes/fusion/Passes.h"

using namespace mlir;

void swage::buildFusionPipeline(OpPassManager &pm) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createExpandGatedMlp());
  functions.addPass(createExpandMoe());
  functions.addPass(createFuseGateUp());
  functions.addPass(createFuseActivation());
  functions.addPass(createFuseResidual());
  functions.addPass(createFuseParallelLinears());
  functions.addPass(createFuseRopeAndAppend());
  functions.addPass(createSelectLogitRows());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createVerifyFused());
}

void swage::registerFusion() {
  registerSwageFusionPasses();
  PassPipelineRegistration<>("swage-fuse",
                             "The stage fuse: operations join their neighbours",
                             buildFusionPipeline);
}
