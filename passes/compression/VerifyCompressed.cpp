//===- VerifyCompressed.cpp - What the stage specialize relies on ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "passes/Support.h"
#include "passes/compression/Passes.h"

namespace swage {
#define GEN_PASS_DEF_VERIFYCOMPRESSED
#include "passes/compression/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;

namespace {
struct VerifyCompressed : swage::impl::VerifyCompressedBase<VerifyCompressed> {
  void runOnOperation() override {
    auto targets = getTargets(getOperation());
    if (failed(targets))
      return signalPassFailure();
    getOperation().walk([&](transformer::LinearOp linear) {
      for (schedule::TargetAttrInterface target : *targets)
        if (failed(check(linear, target)))
          return signalPassFailure();
    });
  }

  static LogicalResult check(transformer::LinearOp linear,
                             schedule::TargetAttrInterface target) {
    Type rows = linear.getInput().getType().getElementType();
    for (Type type : linear.getWeights().getTypes())
      if (Type weight = getElementTypeOrSelf(type);
          !target.supportsLinear(weight, rows))
        return linear.emitOpError("multiplies ")
               << rows << " rows with " << weight << " weights, which target '"
               << target.getCanonicalName()
               << "' cannot: swage-compression-assign-activations chooses "
                  "other rows";
    return success();
  }
};
} // namespace
