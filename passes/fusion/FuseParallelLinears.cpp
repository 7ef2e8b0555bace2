//===- FuseParallelLinears.cpp - Linears of one input as parts of one -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_FUSEPARALLELLINEARS
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-fuse-parallel-linears"
ALWAYS_ENABLED_STATISTIC(numFused,
                         "Number of linears that became parts of another");

using namespace mlir;
using namespace swage::transformer;

/// Whether `value` is, or can be made, available before `op`.
static bool canPrecede(Value value, Operation *op) {
  Operation *definition = value.getDefiningOp();
  return !definition || definition->getBlock() != op->getBlock() ||
         definition->isBeforeInBlock(op) || isa<GetWeightOp>(definition);
}

/// What the linears that are joined have in common, besides input and block:
/// results, weights and whether there are biases.
static std::tuple<Type, Type, bool> getKind(LinearOp linear) {
  return {linear.getType().getElementType(),
          getElementTypeOrSelf(linear.getWeights().front().getType()),
          linear.getBiases().empty()};
}

/// The linears that can be joined with `linear`, itself included, in program
/// order.
static SmallVector<LinearOp> getPeers(LinearOp linear) {
  SmallVector<LinearOp> peers;
  for (Operation *user : linear.getInput().getUsers()) {
    // Without an epilogue, it can only be the input that `peer` reads.
    auto peer = dyn_cast<LinearOp>(user);
    if (peer && peer->getBlock() == linear->getBlock() &&
        !swage::hasEpilogue(peer) && getKind(peer) == getKind(linear))
      peers.push_back(peer);
  }
  llvm::sort(peers,
             [](LinearOp a, LinearOp b) { return a->isBeforeInBlock(b); });
  return peers;
}

namespace {
/// Joins a linear with the later ones of its input.
struct JoinLinears : OpRewritePattern<LinearOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LinearOp first,
                                PatternRewriter &rewriter) const override {
    if (swage::hasEpilogue(first))
      return rewriter.notifyMatchFailure(first, "the linear has an epilogue");
    SmallVector<LinearOp> peers = getPeers(first);
    if (peers.front() != first)
      return rewriter.notifyMatchFailure(first,
                                         "an earlier linear comes first");
    llvm::erase_if(peers, [&](LinearOp peer) {
      return !llvm::all_of(peer->getOperands().drop_front(), [&](Value value) {
        return canPrecede(value, first);
      });
    });
    if (peers.size() < 2)
      return rewriter.notifyMatchFailure(
          first, "no other linear of the input can be joined");
    join(peers, rewriter);
    numFused += peers.size() - 1;
    return success();
  }

  /// Replaces `linears` by one at the place of the first.
  static void join(ArrayRef<LinearOp> linears, PatternRewriter &rewriter) {
    LinearOp first = linears.front();
    SmallVector<Value> weights, biases;
    SmallVector<Type> types;
    SmallVector<Location> locations;
    int64_t columns = 0;
    for (LinearOp linear : linears) {
      for (Value value : linear->getOperands().drop_front())
        if (Operation *definition = value.getDefiningOp();
            definition && definition->getBlock() == first->getBlock() &&
            first->isBeforeInBlock(definition))
          rewriter.moveOpBefore(definition, first);
      llvm::append_range(weights, linear.getWeights());
      llvm::append_range(biases, linear.getBiases());
      types.push_back(linear.getType());
      locations.push_back(linear.getLoc());
      columns += linear.getType().getDimSize(1);
    }
    rewriter.setInsertionPoint(first);
    Location location = rewriter.getFusedLoc(locations);
    auto type = RankedTensorType::get({ShapedType::kDynamic, columns},
                                      first.getType().getElementType());
    Value joined = LinearOp::create(rewriter, location, type, first.getInput(),
                                    weights, biases, Value(), ActivationAttr());
    auto split = SplitOp::create(rewriter, location, types, joined);
    for (auto [linear, part] : llvm::zip_equal(linears, split.getParts()))
      rewriter.replaceOp(linear, part);
  }
};
} // namespace

namespace {
struct FuseParallelLinears
    : swage::impl::FuseParallelLinearsBase<FuseParallelLinears> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<JoinLinears>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
