//===- FuseResidual.cpp - Residual additions as epilogues -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Targets let the sum take the memory of the residual. So the operation that
// adds must follow whatever else reads the residual; it moves down for that
// where its own users allow.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Utils.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_FUSERESIDUAL
#include "passes/fusion/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-fusion-fuse-residual"
ALWAYS_ENABLED_STATISTIC(numFused, "Number of additions that became epilogues");

using namespace mlir;
using namespace swage::transformer;

/// The operation behind `rows`, if it can add them to others.
static Operation *getAdder(Value rows) {
  if (auto linear = rows.getDefiningOp<LinearOp>())
    return swage::whyNoEpilogue(linear).empty() ? linear : nullptr;
  if (auto combine = rows.getDefiningOp<CombineOp>())
    return combine.getResidual() || !combine.getResult().hasOneUse() ? nullptr
                                                                     : combine;
  auto norm = rows.getDefiningOp<RmsNormOp>();
  if (!norm || norm.getResidual() || !norm.getResult().hasOneUse() ||
      !norm.getType().getElementType().isF32())
    return nullptr;
  return norm;
}

/// Whether `op` writes its sums over `rows`.
static bool overwrites(Operation *op, Value rows) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getResidual() == rows;
  if (auto combine = dyn_cast<CombineOp>(op))
    return combine.getResidual() == rows;
  auto norm = dyn_cast<RmsNormOp>(op);
  return norm && norm.getResidual() == rows;
}

/// The operations that read `rows`, whole or in parts.
static void getReaders(Value rows, SmallVectorImpl<Operation *> &readers) {
  for (Operation *user : rows.getUsers()) {
    readers.push_back(user);
    if (auto split = dyn_cast<SplitOp>(user))
      for (Value part : split.getParts())
        getReaders(part, readers);
  }
}

/// The operation after which the sum `add` can take the memory of `residual`;
/// null if there is none.
static Operation *findPlace(arith::AddFOp add, Operation *adder,
                            Value residual) {
  // A part has no rows of its own.
  if (residual.getDefiningOp<SplitOp>())
    return nullptr;
  Operation *last = add;
  SmallVector<Operation *> readers;
  getReaders(residual, readers);
  for (Operation *reader : readers) {
    if (reader->getBlock() != add->getBlock() || overwrites(reader, residual))
      return nullptr;
    if (last->isBeforeInBlock(reader))
      last = reader;
  }
  if (last == add)
    return last;
  bool precedesUsers = llvm::all_of(add->getUsers(), [&](Operation *user) {
    return user->getBlock() == last->getBlock() && last->isBeforeInBlock(user);
  });
  bool keepsOperands = llvm::all_of(adder->getOperands(), [](Value operand) {
    return llvm::none_of(operand.getUsers(), [&](Operation *user) {
      return overwrites(user, operand);
    });
  });
  return precedesUsers && keepsOperands ? last : nullptr;
}

/// What `adder` computes, added to `residual`.
static Value addTo(Operation *adder, arith::AddFOp add, Value residual,
                   PatternRewriter &rewriter) {
  if (auto linear = dyn_cast<LinearOp>(adder))
    return LinearOp::create(rewriter, add.getLoc(), add.getType(),
                            linear.getInput(), linear.getWeights(),
                            linear.getBiases(), residual, ActivationAttr());
  if (auto combine = dyn_cast<CombineOp>(adder))
    return CombineOp::create(rewriter, add.getLoc(), add.getType(),
                             combine.getInput(), combine.getWeights(),
                             residual);
  auto norm = cast<RmsNormOp>(adder);
  return RmsNormOp::create(rewriter, add.getLoc(), add.getType(),
                           norm.getInput(), norm.getWeight(), norm.getRows(),
                           residual, norm.getEpsilonAttr(),
                           norm.getWeightOffsetAttr());
}

namespace {
/// Lets a linear, a norm or a sum over experts add the other operand to its
/// rows.
struct FuseResidualPattern : OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp add,
                                PatternRewriter &rewriter) const override {
    std::pair<Value, Value> ways[] = {{add.getLhs(), add.getRhs()},
                                      {add.getRhs(), add.getLhs()}};
    Operation *lhs = getAdder(add.getLhs()), *rhs = getAdder(add.getRhs());
    // Of two the later one adds: then the other's rows are there.
    if (lhs && rhs && lhs->getBlock() == rhs->getBlock() &&
        lhs->isBeforeInBlock(rhs))
      std::swap(ways[0], ways[1]);
    for (auto [rows, residual] : ways) {
      Operation *adder = getAdder(rows);
      Operation *place = adder ? findPlace(add, adder, residual) : nullptr;
      if (!place)
        continue;
      rewriter.setInsertionPointAfter(place);
      rewriter.replaceOp(add, addTo(adder, add, residual, rewriter));
      ++numFused;
      return success();
    }
    return rewriter.notifyMatchFailure(
        add, "no operand is a linear, norm or combine in f32 without epilogue "
             "that only the addition reads, or the other one is read later");
  }
};
} // namespace

namespace {
struct FuseResidual : swage::impl::FuseResidualBase<FuseResidual> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseResidualPattern>(&getContext());
    if (failed(swage::applyFusions(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
