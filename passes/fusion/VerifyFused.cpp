//===- VerifyFused.cpp - What the stage compress relies on ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/fusion/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace swage {
#define GEN_PASS_DEF_VERIFYFUSED
#include "passes/fusion/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage::transformer;

/// Why `op` cannot be compiled as it stands; empty if it can.
static StringRef whyLeft(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](GatedMlpOp) {
        return "swage-fusion-expand-gated-mlp turns it into linears";
      })
      .Case([](MoeOp) {
        return "swage-fusion-expand-moe turns it into grouped linears";
      })
      .Case([](LogitsOp) {
        return "swage-fusion-select-logit-rows turns it into a linear";
      })
      .Case([](CacheAppendOp) {
        return "an attention on the same cache and batch must follow, with "
               "nothing between them that touches the cache";
      })
      .Case([](RopeOp) {
        return "an attention must read it together with appended keys that "
               "are rotated by the same rope attribute";
      })
      .Default(StringRef());
}

namespace {
struct VerifyFused : swage::impl::VerifyFusedBase<VerifyFused> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      StringRef reason = whyLeft(op);
      if (reason.empty())
        return;
      op->emitOpError("is left after fusion: ") << reason;
      signalPassFailure();
    });
  }
};
} // namespace
