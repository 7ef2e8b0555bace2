//===- FuseActivation.cpp - Activations as epilogues ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_FUSEACTIVATION
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-fuse-activation"
ALWAYS_ENABLED_STATISTIC(numFused,
                         "Number of activations that became epilogues");

using namespace mlir;
using namespace swage::transformer;

namespace {
/// Lets the linear apply the function to its sums.
struct FuseActivationPattern : OpRewritePattern<ActivationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ActivationOp activation,
                                PatternRewriter &rewriter) const override {
    auto linear = activation.getInput().getDefiningOp<LinearOp>();
    if (!linear)
      return rewriter.notifyMatchFailure(activation, "no linear is activated");
    if (StringRef reason = swage::whyNoEpilogue(linear); !reason.empty())
      return rewriter.notifyMatchFailure(activation, reason);
    rewriter.replaceOpWithNewOp<LinearOp>(
        activation, activation.getType(), linear.getInput(),
        linear.getWeights(), linear.getBiases(), Value(),
        activation.getFunctionAttr());
    ++numFused;
    return success();
  }
};
} // namespace

namespace {
struct FuseActivation : swage::impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseActivationPattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
