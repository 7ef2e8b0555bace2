//===- FuseActivation.cpp - Activations as epilogues ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"

namespace swage {
#define GEN_PASS_DEF_FUSEACTIVATION
#include "passes/fusion/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage::transformer;

namespace {
/// Lets the linear apply the function to its sums.
struct FuseActivationPattern : OpRewritePattern<ActivationOp> {
  FuseActivationPattern(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

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
    ++count;
    return success();
  }

  Pass::Statistic &count;
};
} // namespace

namespace {
struct FuseActivation : swage::impl::FuseActivationBase<FuseActivation> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseActivationPattern>(&getContext(), numFused);
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
