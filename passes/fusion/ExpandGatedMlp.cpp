//===- ExpandGatedMlp.cpp - Gated feed-forward networks as linears --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_EXPANDGATEDMLP
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-expand-gated-mlp"
ALWAYS_ENABLED_STATISTIC(numExpanded,
                         "Number of gated networks that became linears");

using namespace mlir;
using namespace swage::transformer;

namespace {
/// The two linears that a gated network stands for.
struct ExpandGatedMlpPattern : OpRewritePattern<GatedMlpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(GatedMlpOp mlp,
                                PatternRewriter &rewriter) const override {
    auto gate = cast<RankedTensorType>(mlp.getGate().getType());
    auto hiddenType = RankedTensorType::get(
        {ShapedType::kDynamic, gate.getDimSize(0)}, rewriter.getF32Type());
    ValueRange biases = mlp.getBiases();
    size_t numHidden = biases.empty() ? 0 : 2;
    Value hidden = LinearOp::create(
        rewriter, mlp.getLoc(), hiddenType, mlp.getInput(),
        ValueRange{mlp.getGate(), mlp.getUp()}, biases.take_front(numHidden),
        Value(), mlp.getFunctionAttr(), /*gated=*/true);
    rewriter.replaceOpWithNewOp<LinearOp>(
        mlp, mlp.getType(), hidden, mlp.getDown(), biases.drop_front(numHidden),
        Value(), ActivationAttr());
    ++numExpanded;
    return success();
  }
};
} // namespace

namespace {
struct ExpandGatedMlp : swage::impl::ExpandGatedMlpBase<ExpandGatedMlp> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandGatedMlpPattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
