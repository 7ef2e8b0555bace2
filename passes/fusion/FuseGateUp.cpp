//===- FuseGateUp.cpp - Gate and up of primitive networks as one linear ---===//
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
#define GEN_PASS_DEF_FUSEGATEUP
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-fuse-gate-up"
ALWAYS_ENABLED_STATISTIC(numFused, "Number of gates joined");

using namespace mlir;
using namespace swage::transformer;

/// Why `gate` and `up` cannot be the parts of one linear; empty if they can.
static StringRef whyNotParts(LinearOp gate, LinearOp up) {
  if (gate.getInput() != up.getInput())
    return "the linears read different inputs";
  if (gate.getWeights().size() != 1 || up.getWeights().size() != 1)
    return "a linear has several parts";
  if (getElementTypeOrSelf(gate.getWeights().front().getType()) !=
      getElementTypeOrSelf(up.getWeights().front().getType()))
    return "the weights are encoded differently";
  if (gate.getBiases().size() != up.getBiases().size())
    return "only one of the linears has a bias";
  if (StringRef reason = swage::whyNoEpilogue(gate); !reason.empty())
    return reason;
  return swage::whyNoEpilogue(up);
}

namespace {
/// Joins the linears behind `function(gate) * up`.
struct FuseGateUpPattern : OpRewritePattern<arith::MulFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::MulFOp product,
                                PatternRewriter &rewriter) const override {
    StringRef reason =
        "no operand is an activation that only the product reads";
    for (auto [first, second] :
         {std::pair(product.getLhs(), product.getRhs()),
          std::pair(product.getRhs(), product.getLhs())}) {
      auto activation = first.getDefiningOp<ActivationOp>();
      if (!activation || !activation->hasOneUse())
        continue;
      auto gate = activation.getInput().getDefiningOp<LinearOp>();
      auto up = second.getDefiningOp<LinearOp>();
      reason = gate && up ? whyNotParts(gate, up) : "gate or up is no linear";
      if (!reason.empty())
        continue;
      rewriter.replaceOpWithNewOp<LinearOp>(
          product, product.getType(), gate.getInput(),
          ValueRange{gate.getWeights().front(), up.getWeights().front()},
          llvm::to_vector(llvm::concat<Value>(llvm::to_vector(gate.getBiases()),
                                              llvm::to_vector(up.getBiases()))),
          Value(), activation.getFunctionAttr(), /*gated=*/true);
      ++numFused;
      return success();
    }
    return rewriter.notifyMatchFailure(product, reason);
  }
};
} // namespace

namespace {
struct FuseGateUp : swage::impl::FuseGateUpBase<FuseGateUp> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseGateUpPattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
