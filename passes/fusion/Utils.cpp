//===- Utils.cpp - What the fusion passes share ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Utils.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

bool swage::hasEpilogue(transformer::LinearOp linear) {
  return linear.getActivation() || linear.getResidual() || linear.getSoftCap();
}

StringRef swage::whyNoEpilogue(transformer::LinearOp linear) {
  if (hasEpilogue(linear))
    return "the linear has an epilogue already";
  if (!linear.getResult().hasOneUse())
    return "another operation reads the linear's sums";
  // The sums are accumulated in f32: only then does fusion keep every rounding.
  if (!linear.getType().getElementType().isF32())
    return "the linear rounds its sums before the operation";
  return {};
}

LogicalResult swage::applyFusions(func::FuncOp function,
                                  RewritePatternSet &&patterns) {
  GreedyRewriteConfig config;
  config.enableFolding(false).setRegionSimplificationLevel(
      GreedySimplifyRegionLevel::Disabled);
  return applyPatternsGreedily(function, std::move(patterns), config);
}
