//===- Passes.h - Passes of the stage specialize --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SPECIALIZATION_PASSES_H
#define SWAGE_PASSES_SPECIALIZATION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/specialization/Passes.h.inc"

/// Options of the stage `specialize`.
struct SpecializationPipelineOptions
    : mlir::PassPipelineOptions<SpecializationPipelineOptions> {
  ListOption<std::string> kvCache{
      *this, "kv-cache",
      llvm::cl::desc("Cache types that get code; f16 if none is given")};
  Option<bool> singleVariant{
      *this, "single-variant",
      llvm::cl::desc("Serve all row counts with the variant many")};
};

/// The stage `specialize`:
///  1. SpecializeRows;
///  2. VerifySpecialized: what the stage `schedule` relies on.
void buildSpecializationPipeline(mlir::OpPassManager &pm,
                                 const SpecializationPipelineOptions &options);

/// Registers the passes of this folder and the pipeline `swage-specialize`.
void registerSpecialization();

#define GEN_PASS_REGISTRATION
#include "passes/specialization/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_SPECIALIZATION_PASSES_H
