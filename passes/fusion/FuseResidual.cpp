//===- FuseResidual.cpp - Residual additions as epilogues -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"

namespace swage {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "passes/fusion/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage::transformer;

/// The later of two operations, of which either may be null.
static LinearOp later(LinearOp a, LinearOp b) {
  if (!a || !b)
    return a ? a : b;
  return a->getBlock() == b->getBlock() && b->isBeforeInBlock(a) ? a : b;
}

namespace {
/// Lets the linear add the other operand to its sums.
struct FuseResidualPattern : OpRewritePattern<arith::AddFOp> {
  FuseResidualPattern(MLIRContext *context, Pass::Statistic &count)
      : OpRewritePattern(context), count(count) {}

  LogicalResult matchAndRewrite(arith::AddFOp add,
                                PatternRewriter &rewriter) const override {
    auto candidate = [](Value operand) {
      auto linear = operand.getDefiningOp<LinearOp>();
      return linear && swage::whyNoEpilogue(linear).empty() ? linear
                                                            : LinearOp();
    };
    LinearOp linear = later(candidate(add.getLhs()), candidate(add.getRhs()));
    if (!linear)
      return rewriter.notifyMatchFailure(
          add, "no operand is a linear in f32 without epilogue that only the "
               "addition reads");
    Value residual =
        add.getLhs() == linear.getResult() ? add.getRhs() : add.getLhs();
    rewriter.replaceOpWithNewOp<LinearOp>(
        add, add.getType(), linear.getInput(), linear.getWeights(),
        linear.getBiases(), residual, ActivationAttr());
    ++count;
    return success();
  }

  Pass::Statistic &count;
};
} // namespace

namespace {
struct FuseResidual : swage::impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseResidualPattern>(&getContext(), numFused);
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
