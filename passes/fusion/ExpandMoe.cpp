//===- ExpandMoe.cpp - Mixtures of experts as grouped linears -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_EXPANDMOE
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-expand-moe"
ALWAYS_ENABLED_STATISTIC(numExpanded,
                         "Number of mixtures that became grouped linears");

using namespace mlir;
using namespace swage::transformer;

namespace {
/// Routes rows to experts, multiplies them there and sums what comes back.
struct ExpandMoePattern : OpRewritePattern<MoeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MoeOp moe,
                                PatternRewriter &rewriter) const override {
    Location loc = moe.getLoc();
    constexpr int64_t dynamic = ShapedType::kDynamic;
    int64_t experts = moe.getGate().size(), topK = moe.getTopK();
    Type f32 = rewriter.getF32Type(), i32 = rewriter.getI32Type();
    auto rowsOf = [&](int64_t columns) {
      return RankedTensorType::get({dynamic, columns}, f32);
    };
    auto outputsOf = [](Value matrix) {
      return cast<RankedTensorType>(matrix.getType()).getDimSize(0);
    };

    Value logits = LinearOp::create(rewriter, loc, rowsOf(experts),
                                    moe.getInput(), moe.getRouter(),
                                    ValueRange(), Value(), ActivationAttr());
    auto route =
        RouteOp::create(rewriter, loc, rowsOf(topK),
                        RankedTensorType::get({dynamic, topK}, i32),
                        RankedTensorType::get({dynamic}, i32),
                        RankedTensorType::get({experts, 3}, i32), logits,
                        moe.getTopKAttr(), moe.getNormalizeAttr());
    SmallVector<Value> gateUp;
    for (auto [gate, up] : llvm::zip_equal(moe.getGate(), moe.getUp()))
      gateUp.append({gate, up});
    Value hidden = GroupedLinearOp::create(
        rewriter, loc, rowsOf(outputsOf(gateUp.front())), moe.getInput(),
        route.getPlaces(), route.getGroups(), gateUp, moe.getTopKAttr(),
        /*scatter=*/UnitAttr(), moe.getFunctionAttr());
    Value pairs = GroupedLinearOp::create(
        rewriter, loc, rowsOf(outputsOf(moe.getDown().front())), hidden,
        route.getPlaces(), route.getGroups(), moe.getDown(), moe.getTopKAttr(),
        rewriter.getUnitAttr(), ActivationAttr());
    rewriter.replaceOpWithNewOp<CombineOp>(moe, moe.getType(), pairs,
                                           route.getWeights(), Value());
    ++numExpanded;
    return success();
  }
};
} // namespace

namespace {
struct ExpandMoe : swage::impl::ExpandMoeBase<ExpandMoe> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandMoePattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
