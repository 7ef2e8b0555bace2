//===- SelectLogitRows.cpp - Logits of needed rows only -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_SELECTLOGITROWS
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-select-logit-rows"
ALWAYS_ENABLED_STATISTIC(numSelected, "Number of logits that became linears");

using namespace mlir;
using namespace swage::transformer;

/// The rows `rows` of `input`, selected as early as its producer allows.
static Value selectRows(Value input, Value rows, OpBuilder &builder) {
  Type type = input.getType();
  if (auto norm = input.getDefiningOp<RmsNormOp>();
      norm && !norm.getRows() && !norm.getResidual())
    return RmsNormOp::create(builder, norm.getLoc(), type, norm.getInput(),
                             norm.getWeight(), rows, /*residual=*/Value(),
                             norm.getEpsilonAttr(), norm.getWeightOffsetAttr());
  if (auto norm = input.getDefiningOp<LayerNormOp>(); norm && !norm.getRows())
    return LayerNormOp::create(builder, norm.getLoc(), type, norm.getInput(),
                               norm.getWeight(), norm.getBias(), rows,
                               norm.getEpsilonAttr());
  return SelectRowsOp::create(builder, input.getLoc(), type, input, rows);
}

namespace {
/// A linear of the selected rows.
struct SelectLogitRowsPattern : OpRewritePattern<LogitsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LogitsOp logits,
                                PatternRewriter &rewriter) const override {
    Value selected = selectRows(logits.getInput(), logits.getRows(), rewriter);
    SmallVector<Value> biases;
    if (logits.getBias())
      biases.push_back(logits.getBias());
    rewriter.replaceOpWithNewOp<LinearOp>(
        logits, logits.getType(), selected, logits.getWeight(), biases,
        /*residual=*/Value(), ActivationAttr(), /*gated=*/UnitAttr(),
        logits.getSoftCapAttr());
    ++numSelected;
    return success();
  }
};
} // namespace

namespace {
struct SelectLogitRows : swage::impl::SelectLogitRowsBase<SelectLogitRows> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SelectLogitRowsPattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
