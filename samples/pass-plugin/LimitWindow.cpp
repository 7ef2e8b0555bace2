//===- LimitWindow.cpp - A pass in a plugin -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `sample-limit-window{positions=N}` lets every token see its last N positions
// at most: what does a model lose without its long memory? Compile with the
// pass, and `swage diff --per-layer` or `swage eval` tell.
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using swage::transformer::AttentionOp;

namespace {

/// Gives an attention a window of at most `positions`.
struct LimitAttention : OpRewritePattern<AttentionOp> {
  LimitAttention(MLIRContext *context, int64_t positions)
      : OpRewritePattern(context), positions(positions) {}

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<uint64_t> window = op.getWindow();
    if (!op.getCausal() || (window && int64_t(*window) <= positions))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setWindow(positions); });
    return success();
  }

  int64_t positions;
};

struct LimitWindow : PassWrapper<LimitWindow, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LimitWindow)

  LimitWindow() = default;
  // Copies of a pass keep its options, but not the members that hold them.
  LimitWindow(const LimitWindow &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "sample-limit-window"; }
  StringRef getDescription() const final {
    return "Let attention look back over a number of positions at most";
  }

  void runOnOperation() override {
    if (positions < 1) {
      getOperation().emitError("sample-limit-window: expected at least one "
                               "position, found ")
          << positions.getValue();
      return signalPassFailure();
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<LimitAttention>(&getContext(), positions);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  Option<int64_t> positions{*this, "positions",
                            llvm::cl::desc("Positions that a token sees"),
                            llvm::cl::init(64)};
};

} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "SwageSamplePasses", "0.1",
          [] { PassRegistration<LimitWindow>(); }};
}
