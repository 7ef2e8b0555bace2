//===- StageRunner.cpp - Runs stages, for users and for those who look ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/StageRunner.h"
#include "compiler/InitAll.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/Statistic.h"
#include <mutex>

using namespace mlir;
using namespace swage;

StageRunner::StageRunner(MLIRContext &context, const PassOptions &options)
    : context(context), options(options) {
  timing.setEnabled(options.timing);
  if (options.statistics)
    llvm::EnableStatistics(/*DoPrintOnExit=*/false);
  root = timing.getRootScope();
}

/// Appends the passes of a pipeline's text.
static llvm::Error addPasses(PassManager &manager, StringRef stage,
                             StringRef pipeline) {
  std::string why;
  llvm::raw_string_ostream os(why);
  if (succeeded(parsePassPipeline(pipeline, manager, os)))
    return llvm::Error::success();
  return llvm::createStringError("pipeline '" + pipeline + "' after stage " +
                                 stage + ": " + StringRef(why).trim());
}

/// Registers every pass that a pipeline may name. The registry is MLIR's own,
/// one for the whole program.
static void registerPasses() {
  static std::once_flag once;
  std::call_once(once, [] {
    mlir::registerAllPasses();
    swage::registerAllPasses();
  });
}

llvm::Error StageRunner::prepare() {
  if (!options.plugins.empty() || !options.pipelinesAfter.empty())
    registerPasses();
  for (const std::string &file : options.plugins) {
    llvm::Expected<PassPlugin> plugin = PassPlugin::load(file);
    if (!plugin)
      return plugin.takeError();
    plugin->registerPassRegistryCallbacks();
  }
  for (const auto &[stage, pipeline] : options.pipelinesAfter) {
    PassManager manager(&context);
    if (llvm::Error error = addPasses(manager, stage, pipeline))
      return error;
  }
  return llvm::Error::success();
}

LogicalResult StageRunner::run(PassManager &manager, StringRef name,
                               ModuleOp module) {
  TimingScope scope = time(name);
  manager.enableTiming(scope);
  if (!options.crashReproducer.empty())
    manager.enableCrashReproducerGeneration(options.crashReproducer);
  return manager.run(module);
}

LogicalResult StageRunner::run(const Stage &stage, ModuleOp module,
                               const StageOptions &stageOptions) {
  PassManager manager(&context);
  stage.build(manager, module, stageOptions);
  return run(manager, stage.name, module);
}

LogicalResult StageRunner::runAdded(StringRef stage, ModuleOp module) {
  for (const auto &[name, pipeline] : options.pipelinesAfter) {
    if (name != stage)
      continue;
    PassManager manager(&context);
    // prepare() has parsed it.
    llvm::cantFail(addPasses(manager, stage, pipeline));
    if (failed(run(manager, ("after " + stage).str(), module)))
      return failure();
  }
  return success();
}
