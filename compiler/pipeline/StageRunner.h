//===- StageRunner.h - Runs stages, for users and for those who look ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_STAGERUNNER_H
#define SWAGE_COMPILER_PIPELINE_STAGERUNNER_H

#include "compiler/pipeline/Compile.h"
#include "compiler/pipeline/Stages.h"
#include "mlir/Support/Timing.h"

namespace swage {

/// Runs the stages of one compilation with what `PassOptions` asks for: times,
/// reproducers of failures, and passes of others between stages.
class StageRunner {
public:
  StageRunner(mlir::MLIRContext &context, const PassOptions &options);

  /// Loads plugins and parses pipelines; an error says which one is wrong.
  llvm::Error prepare();

  /// Runs a stage. A failure has been reported as diagnostics.
  mlir::LogicalResult run(const Stage &stage, mlir::ModuleOp module,
                          const StageOptions &options);

  /// Runs what the call wants behind the stage of that name.
  mlir::LogicalResult runAdded(llvm::StringRef stage, mlir::ModuleOp module);

  /// Counts the time until the scope ends as that of `what`.
  mlir::TimingScope time(llvm::StringRef what) { return root.nest(what); }

private:
  mlir::LogicalResult run(mlir::PassManager &manager, llvm::StringRef name,
                          mlir::ModuleOp module);

  mlir::MLIRContext &context;
  const PassOptions &options;
  /// Prints the report when it is destroyed, behind all scopes.
  mlir::DefaultTimingManager timing;
  mlir::TimingScope root;
};

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_STAGERUNNER_H
