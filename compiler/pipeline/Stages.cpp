//===- Stages.cpp - The stages of a compilation ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Stages.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Pass/PassRegistry.h"
#include "passes/compression/Passes.h"
#include "passes/fusion/Passes.h"
#include "passes/raising/Passes.h"
#include "passes/scheduling/Passes.h"
#include "passes/specialization/Passes.h"
#include "targets/cpu/Passes.h"
#include "targets/cpu/dialect/Passes.h"

using namespace mlir;
using namespace swage;

/// Kernels become functions, and those the LLVM dialect.
static void buildCodegenPipeline(OpPassManager &manager) {
  manager.addPass(cpu::createGenerateKernels());
  cpu::buildLowerToLLVMPipeline(manager.nest<ModuleOp>());
}

/// Whether a product takes rows of a type that `is` tells.
static bool multipliesRows(ModuleOp module, bool (*is)(Type)) {
  return module
      .walk([&](transformer::LinearOp linear) {
        return is(linear.getInput().getType().getElementType())
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Cache types that get code, the default first: what is multiplied with f32
/// is kept as f32, and what is multiplied with bf16 as bf16, which all levels
/// read fastest.
static std::vector<std::string> defaultCaches(ModuleOp module) {
  if (!multipliesRows(module, [](Type type) { return !type.isF32(); }))
    return {"f32"};
  if (multipliesRows(module, [](Type type) { return type.isBF16(); }))
    return {"bf16", "f16"};
  return {"f16"};
}

static void buildRaise(OpPassManager &manager, ModuleOp, const StageOptions &) {
  buildRaisingPipeline(manager);
}

static void buildFuse(OpPassManager &manager, ModuleOp, const StageOptions &) {
  buildFusionPipeline(manager);
}

static void buildCompress(OpPassManager &manager, ModuleOp,
                          const StageOptions &options) {
  CompressionPipelineOptions compression;
  compression.recipe = options.recipe;
  compression.activations = options.activations;
  buildCompressionPipeline(manager, compression);
}

static void buildSpecialize(OpPassManager &manager, ModuleOp module,
                            const StageOptions &options) {
  SpecializationPipelineOptions specialization;
  specialization.kvCache =
      options.kvCache.empty() ? defaultCaches(module) : options.kvCache;
  specialization.singleVariant = options.singleVariant;
  buildSpecializationPipeline(manager, specialization);
}

static void buildSchedule(OpPassManager &manager, ModuleOp,
                          const StageOptions &) {
  buildSchedulePipeline(manager);
}

static void buildCodegen(OpPassManager &manager, ModuleOp,
                         const StageOptions &) {
  buildCodegenPipeline(manager);
}

llvm::ArrayRef<Stage> swage::stages() {
  static constexpr Stage table[] = {
      {"raise", buildRaise},       {"fuse", buildFuse},
      {"compress", buildCompress}, {"specialize", buildSpecialize},
      {"schedule", buildSchedule}, {"codegen", buildCodegen},
  };
  return table;
}

std::vector<std::string> swage::stageNames() {
  std::vector<std::string> names = {"import"};
  for (const Stage &stage : stages())
    names.push_back(stage.name.str());
  return names;
}

void swage::registerCodegenPipeline() {
  PassPipelineRegistration<>("swage-codegen",
                             "The stage codegen: kernels to the LLVM dialect",
                             buildCodegenPipeline);
}
