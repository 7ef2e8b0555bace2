//===- BuildPrograms.cpp - Turn functions into programs -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Support.h"
#include "passes/scheduling/Passes.h"
#include "passes/scheduling/VariantBuilder.h"
#include "llvm/ADT/Statistic.h"

namespace swage {
#define GEN_PASS_DEF_BUILDPROGRAMS
#include "passes/scheduling/Passes.h.inc"
} // namespace swage

#define DEBUG_TYPE "swage-schedule-build-programs"
ALWAYS_ENABLED_STATISTIC(numDispatches, "Number of dispatches formed");
ALWAYS_ENABLED_STATISTIC(numKernels, "Number of kernels after deduplication");

using namespace mlir;
using namespace swage;
using namespace swage;

namespace {

struct BuildPrograms : swage::impl::BuildProgramsBase<BuildPrograms> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<SmallVector<schedule::TargetAttrInterface>> targets =
        getTargets(module);
    if (failed(targets))
      return signalPassFailure();
    if (!module->getAttrOfType<transformer::ModelAttr>("transformer.model")) {
      module.emitError("has no `transformer.model`");
      return signalPassFailure();
    }

    SmallVector<func::FuncOp> functions;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (!function->hasAttrOfType<schedule::VariantAttr>(kVariantAttrName)) {
        function.emitOpError("is not specialized; run `swage-specialize` "
                             "before the schedule stage");
        return signalPassFailure();
      }
      functions.push_back(function);
    }

    for (ArrayRef<schedule::TargetAttrInterface> rest = *targets;
         !rest.empty();) {
      // Neighbours that share a schedule are levels of one program.
      ArrayRef<schedule::TargetAttrInterface> levels =
          rest.drop_front().take_while([&](Attribute other) {
            return rest.front().sharesScheduleWith(other);
          });
      ProgramBuilder program(module, rest.front(), levels);
      rest = rest.drop_front(levels.size() + 1);
      for (func::FuncOp function : functions) {
        VariantBuilder variant(program, function);
        if (failed(variant.build()))
          return signalPassFailure();
        numDispatches += variant.numDispatches();
      }
      numKernels += program.numKernels();
    }

    for (func::FuncOp function : functions)
      function.erase();
    for (auto cache :
         llvm::make_early_inc_range(module.getOps<transformer::CacheOp>()))
      cache.erase();
  }
};

} // namespace
