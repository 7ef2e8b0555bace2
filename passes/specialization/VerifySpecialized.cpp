//===- VerifySpecialized.cpp - What the stage schedule relies on ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Support.h"
#include "passes/specialization/Passes.h"

namespace swage {
#define GEN_PASS_DEF_VERIFYSPECIALIZED
#include "passes/specialization/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;

using Variant = std::pair<schedule::VariantAttr, func::FuncOp>;

/// The variant that `function` is; failure, with an error, without one (R1).
static FailureOr<schedule::VariantAttr> getVariant(func::FuncOp function) {
  if (function->hasAttr(kEntryPointAttrName))
    return function.emitOpError("is an entry point that is not specialized");
  auto variant =
      function->getAttrOfType<schedule::VariantAttr>(kVariantAttrName);
  if (!variant)
    return function.emitOpError("is no variant of an entry point: it has no '")
           << kVariantAttrName << "'";
  return variant;
}

/// Checks that a variant reaches caches of its own type only (R2).
static LogicalResult checkCaches(func::FuncOp function,
                                 schedule::VariantAttr variant) {
  WalkResult result = function.walk([&](transformer::GetCacheOp get) {
    auto type = cast<transformer::CacheType>(get.getResult().getType());
    if (type.getElement() == variant.getCache())
      return WalkResult::advance();
    get.emitOpError("refers to a cache of ")
        << type.getElement() << " in a variant for " << variant.getCache();
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Checks that variants of one entry point and cache type leave no gap (R3).
static LogicalResult checkRanges(MutableArrayRef<Variant> variants) {
  llvm::sort(variants, [](const Variant &a, const Variant &b) {
    return a.first.getMin() < b.first.getMin();
  });
  int64_t next = 1;
  for (auto [variant, function] : variants) {
    if (variant.getMin() != next)
      return function.emitOpError("serves ")
             << variant.getMin() << " rows and more, but " << next
             << " is the next row count of '" << variant.getEntry()
             << "' with cache " << variant.getCache();
    next = variant.getMax() + 1;
  }
  return success();
}

namespace {
struct VerifySpecialized
    : swage::impl::VerifySpecializedBase<VerifySpecialized> {
  void runOnOperation() override {
    llvm::MapVector<std::pair<StringRef, Type>, SmallVector<Variant>> variants;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto variant = getVariant(function);
      if (failed(variant) || failed(checkCaches(function, *variant)))
        return signalPassFailure();
      variants[{variant->getEntry(), variant->getCache()}].emplace_back(
          *variant, function);
    }
    for (auto &[key, list] : variants)
      if (failed(checkRanges(list)))
        return signalPassFailure();
  }
};
} // namespace
