//===- FuseRopeAndAppend.cpp - RoPE and cache append in attention ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_FUSEROPEANDAPPEND
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-fuse-rope-and-append"
ALWAYS_ENABLED_STATISTIC(numAppends, "Number of appends moved into attention");
ALWAYS_ENABLED_STATISTIC(numRopes,
                         "Number of attentions that rotate queries and keys");

using namespace mlir;
using namespace swage::transformer;

/// Whether two handles are known to be the same cache.
static bool isSameCache(Value a, Value b) {
  auto getA = a.getDefiningOp<GetCacheOp>(),
       getB = b.getDefiningOp<GetCacheOp>();
  return a == b || (getA && getB && getA.getCacheAttr() == getB.getCacheAttr());
}

/// Whether `op` can reach a cache only through its operands.
static bool touchesOwnCachesOnly(Operation *op) {
  return isa<AttentionOp, CacheAppendOp>(op) || isMemoryEffectFree(op);
}

/// The last operation before `op` that may touch `cache`, or null.
static Operation *getLastCacheUser(Operation *op, Value cache) {
  for (Operation *before = op->getPrevNode(); before;
       before = before->getPrevNode())
    if (!touchesOwnCachesOnly(before) ||
        llvm::any_of(before->getOperands(), [&](Value operand) {
          return isSameCache(operand, cache);
        }))
      return before;
  return nullptr;
}

namespace {
/// Lets attention append the keys and values that it reads first.
struct FuseAppend : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp attention,
                                PatternRewriter &rewriter) const override {
    if (attention.getKeys())
      return rewriter.notifyMatchFailure(attention, "it appends already");
    auto append = dyn_cast_or_null<CacheAppendOp>(
        getLastCacheUser(attention, attention.getCache()));
    if (!append)
      return rewriter.notifyMatchFailure(
          attention, "no append is the last to touch the cache before it");
    if (append.getBatch() != attention.getBatch())
      return rewriter.notifyMatchFailure(attention,
                                         "the append is of another batch");
    rewriter.modifyOpInPlace(attention, [&] {
      attention.getKeysMutable().assign(append.getKeys());
      attention.getValuesMutable().assign(append.getValues());
    });
    rewriter.eraseOp(append);
    ++numAppends;
    return success();
  }
};
} // namespace

namespace {
/// Lets attention rotate its queries and the keys that it appends.
struct FuseRope : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp attention,
                                PatternRewriter &rewriter) const override {
    if (attention.getRope() || !attention.getKeys())
      return rewriter.notifyMatchFailure(
          attention, "it rotates already, or appends no keys");
    auto queries = attention.getQueries().getDefiningOp<RopeOp>();
    auto keys = attention.getKeys().getDefiningOp<RopeOp>();
    if (!queries || !keys)
      return rewriter.notifyMatchFailure(
          attention, "queries and keys are not both rotated");
    if (queries.getRope() != keys.getRope())
      return rewriter.notifyMatchFailure(
          attention, "queries and keys are rotated differently");
    auto cache = cast<CacheType>(attention.getCache().getType());
    for (RopeOp rope : {queries, keys})
      if (rope.getBatch() != attention.getBatch() ||
          static_cast<int64_t>(rope.getHeadDim()) != cache.getHeadDim())
        return rewriter.notifyMatchFailure(
            attention, "the rotation is of another batch or head size");
    rewriter.modifyOpInPlace(attention, [&] {
      attention.setRopeAttr(queries.getRope());
      attention.getQueriesMutable().assign(queries.getInput());
      attention.getKeysMutable().assign(keys.getInput());
    });
    ++numRopes;
    return success();
  }
};
} // namespace

namespace {
struct FuseRopeAndAppend
    : swage::impl::FuseRopeAndAppendBase<FuseRopeAndAppend> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseAppend>(&getContext());
    patterns.add<FuseRope>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
