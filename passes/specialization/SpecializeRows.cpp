//===- SpecializeRows.cpp - Variants by row count and cache type ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Support.h"
#include "passes/specialization/Passes.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ScopedPrinter.h"
#include <limits>

namespace swage {
#define GEN_PASS_DEF_SPECIALIZEROWS
#include "passes/specialization/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-specialization-specialize-rows"
ALWAYS_ENABLED_STATISTIC(numVariants, "Number of variants made");
ALWAYS_ENABLED_STATISTIC(numCaches, "Number of caches made");

using namespace mlir;
using namespace swage;
using namespace swage::transformer;

namespace {
/// A kind of row count and the counts that it serves.
struct RowRange {
  schedule::RowVariant kind;
  int64_t min, max;
};

struct SpecializeRows : swage::impl::SpecializeRowsBase<SpecializeRows> {
  using SpecializeRowsBase::SpecializeRowsBase;

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run();
  void cloneCaches(ArrayRef<Type> types, SymbolTable &symbols);
  void cloneEntry(func::FuncOp entry, ArrayRef<RowRange> ranges,
                  ArrayRef<Type> types, SymbolTable &symbols);

  /// The clone of a cache for an element type.
  DenseMap<std::pair<StringAttr, Type>, CacheOp> clones;
};
} // namespace

/// The ranges of row counts that all targets serve with one kind of code; with
/// `single`, one range.
static SmallVector<RowRange>
getRanges(ArrayRef<schedule::TargetAttrInterface> targets, bool single) {
  using schedule::RowVariant;
  SmallVector<RowVariant> kinds = {RowVariant::One, RowVariant::Few,
                                   RowVariant::Many};
  if (single)
    kinds = {RowVariant::Many};
  SmallVector<RowRange> ranges;
  int64_t served = 0;
  for (RowVariant kind : kinds) {
    int64_t max = std::numeric_limits<int64_t>::max();
    for (schedule::TargetAttrInterface target : targets)
      max = std::min(max, target.getMaxRows(kind));
    if (max <= served)
      continue;
    ranges.push_back({kind, served + 1, max});
    served = max;
  }
  return ranges;
}

/// The types that the option `kv-cache` names, each once.
static FailureOr<SmallVector<Type>> getCacheTypes(ModuleOp module,
                                                  ArrayRef<std::string> names) {
  SmallVector<Type> types;
  for (const std::string &name : names) {
    Type type = CacheType::getElementOf(module.getContext(), name);
    if (!type)
      return module.emitError()
             << "unknown cache type '" << name << "': known are "
             << llvm::join(CacheType::getElementNames(), ", ");
    if (!llvm::is_contained(types, type))
      types.push_back(type);
  }
  if (types.empty())
    types.push_back(Float16Type::get(module.getContext()));
  return types;
}

/// Whether a function reaches a cache.
static bool hasCache(func::FuncOp function) {
  return function.walk([](GetCacheOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Checks that whatever is replaced is out of sight of what stays.
static LogicalResult checkUses(ModuleOp module,
                               ArrayRef<func::FuncOp> entries) {
  for (func::FuncOp entry : entries)
    if (!SymbolTable::symbolKnownUseEmpty(entry, module))
      return entry.emitError()
             << "entry point '" << entry.getSymName()
             << "' is referred to: its variants cannot replace it";
  WalkResult result = module.walk([&](GetCacheOp get) {
    auto function = get->getParentOfType<func::FuncOp>();
    if (function && function->hasAttr(kEntryPointAttrName))
      return WalkResult::advance();
    get.emitOpError("is outside of entry points: its function must be inlined "
                    "before caches are specialized");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

void SpecializeRows::cloneCaches(ArrayRef<Type> types, SymbolTable &symbols) {
  for (CacheOp cache :
       llvm::make_early_inc_range(getOperation().getOps<CacheOp>())) {
    CacheType declared = cache.getType();
    OpBuilder builder(cache);
    for (Type type : types) {
      auto clone = cast<CacheOp>(builder.clone(*cache));
      clone.setSymName(
          (cache.getSymName() + "." + CacheType::getNameOf(type)).str());
      clone.setTypeAttr(
          TypeAttr::get(CacheType::get(&getContext(), declared.getNumKvHeads(),
                                       declared.getHeadDim(), type)));
      symbols.insert(clone);
      clones[{cache.getSymNameAttr(), type}] = clone;
      ++numCaches;
    }
  }
}

void SpecializeRows::cloneEntry(func::FuncOp entry, ArrayRef<RowRange> ranges,
                                ArrayRef<Type> types, SymbolTable &symbols) {
  OpBuilder builder(entry);
  SmallVector<Type> cacheTypes(types.begin(), types.end());
  if (!hasCache(entry))
    cacheTypes = {builder.getNoneType()};
  for (RowRange range : ranges) {
    for (Type type : cacheTypes) {
      auto clone = cast<func::FuncOp>(builder.clone(*entry));
      std::string name =
          (entry.getSymName() + "." + stringifyRowVariant(range.kind)).str();
      if (!isa<NoneType>(type))
        name += ("." + CacheType::getNameOf(type)).str();
      clone.setSymName(name);
      clone->removeAttr(kEntryPointAttrName);
      clone->setAttr(kVariantAttrName,
                     schedule::VariantAttr::get(&getContext(),
                                                entry.getSymName(), range.kind,
                                                range.min, range.max, type));
      symbols.insert(clone);
      clone.walk([&](GetCacheOp get) {
        CacheOp cache = clones.at({get.getCacheAttr().getAttr(), type});
        get.setCacheAttr(FlatSymbolRefAttr::get(cache));
        get.getResult().setType(cache.getType());
      });
      ++numVariants;
    }
  }
}

LogicalResult SpecializeRows::run() {
  ModuleOp module = getOperation();
  auto types = getCacheTypes(module, kvCache);
  auto targets = getTargets(module);
  if (failed(types) || failed(targets))
    return failure();
  SmallVector<func::FuncOp> entries = llvm::filter_to_vector(
      module.getOps<func::FuncOp>(), [](func::FuncOp function) {
        return function->hasAttr(kEntryPointAttrName);
      });
  if (failed(checkUses(module, entries)))
    return failure();

  SymbolTable symbols(module);
  SmallVector<CacheOp> declared = llvm::to_vector(module.getOps<CacheOp>());
  cloneCaches(*types, symbols);
  SmallVector<RowRange> ranges = getRanges(*targets, singleVariant);
  for (func::FuncOp entry : entries) {
    cloneEntry(entry, ranges, *types, symbols);
    symbols.erase(entry);
  }
  for (CacheOp cache : declared)
    symbols.erase(cache);
  return success();
}
