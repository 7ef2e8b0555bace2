//===- SplitMixedLinears.cpp - One linear for each encoding ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "passes/compression/Passes.h"

namespace swage {
#define GEN_PASS_DEF_SPLITMIXEDLINEARS
#include "passes/compression/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;
using namespace swage::transformer;

static Type encodingOf(Value weight) {
  return getElementTypeOrSelf(weight.getType());
}

static bool isMixed(ValueRange weights) {
  return llvm::any_of(weights, [&](Value weight) {
    return encodingOf(weight) != encodingOf(weights.front());
  });
}

/// Why parts of different encodings have to stay together, or an empty string.
static StringRef whyTogether(LinearOp linear) {
  if (linear.getGated())
    return "gate and up of a gated activation";
  if (linear.getActivation() || linear.getResidual() || linear.getSoftCap())
    return "parts with an epilogue";
  if (!llvm::all_of(linear->getUsers(), llvm::IsaPred<SplitOp>))
    return "parts that are read as one";
  return {};
}

/// What stands for the parts of `linear` that `split` cut out, part by part.
static LogicalResult checkSplit(LinearOp linear, SplitOp split) {
  bool same = split.getParts().size() == linear.getWeights().size();
  for (auto [part, weight] : llvm::zip(split.getParts(), linear.getWeights()))
    same &= cast<RankedTensorType>(part.getType()).getDimSize(1) ==
            cast<RankedTensorType>(weight.getType()).getDimSize(0);
  return success(same);
}

static LogicalResult report(LinearOp linear, StringRef why) {
  InFlightDiagnostic diag = emitError(linear.getLoc())
                            << why << " need one encoding: ";
  llvm::interleaveComma(linear.getWeights(), diag, [&](Value weight) {
    if (auto read = weight.getDefiningOp<GetWeightOp>())
      diag << "'" << read.getWeight() << "' has ";
    diag << encodingOf(weight);
  });
  return failure();
}

/// Replaces `linear` by one for each encoding, in the order of first parts.
static void split(LinearOp linear) {
  llvm::MapVector<Type, SmallVector<unsigned>> byEncoding;
  for (auto [i, weight] : llvm::enumerate(linear.getWeights()))
    byEncoding[encodingOf(weight)].push_back(i);
  OpBuilder builder(linear);
  SmallVector<Value> results(linear.getWeights().size());
  for (auto &[encoding, parts] : byEncoding) {
    SmallVector<Value> weights, biases;
    SmallVector<Type> types;
    int64_t columns = 0;
    for (unsigned part : parts) {
      weights.push_back(linear.getWeights()[part]);
      if (!linear.getBiases().empty())
        biases.push_back(linear.getBiases()[part]);
      int64_t rows =
          cast<RankedTensorType>(weights.back().getType()).getDimSize(0);
      types.push_back(linear.getType().clone(
          ArrayRef<int64_t>{ShapedType::kDynamic, rows}));
      columns += rows;
    }
    auto type = cast<RankedTensorType>(linear.getType().clone(
        ArrayRef<int64_t>{ShapedType::kDynamic, columns}));
    Value sums =
        LinearOp::create(builder, linear.getLoc(), type, linear.getInput(),
                         weights, biases, Value(), ActivationAttr());
    if (parts.size() == 1) {
      results[parts.front()] = sums;
      continue;
    }
    auto cut = SplitOp::create(builder, linear.getLoc(), types, sums);
    for (auto [part, value] : llvm::zip_equal(parts, cut.getParts()))
      results[part] = value;
  }
  for (Operation *user : llvm::make_early_inc_range(linear->getUsers())) {
    cast<SplitOp>(user).replaceAllUsesWith(results);
    user->erase();
  }
  linear.erase();
}

namespace {
struct SplitMixedLinears
    : swage::impl::SplitMixedLinearsBase<SplitMixedLinears> {
  void runOnOperation() override {
    bool ok = true;
    SmallVector<LinearOp> mixed;
    getOperation().walk([&](LinearOp linear) {
      if (!isMixed(linear.getWeights()))
        return;
      StringRef why = whyTogether(linear);
      for (Operation *user : linear->getUsers())
        if (why.empty() && failed(checkSplit(linear, cast<SplitOp>(user))))
          why = "parts that are not read one by one";
      if (!why.empty())
        ok &= succeeded(report(linear, why));
      else
        mixed.push_back(linear);
    });
    if (!ok)
      return signalPassFailure();
    for (LinearOp linear : mixed)
      split(linear);
    numSplit += mixed.size();
  }
};
} // namespace
