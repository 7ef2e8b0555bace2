//===- Stages.h - The stages of a compilation -------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_STAGES_H
#define SWAGE_COMPILER_PIPELINE_STAGES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>
#include <vector>

namespace swage {

/// What the stages need to know of the call.
struct StageOptions {
  /// Encodings of weights: a preset or a YAML file.
  std::string recipe = "none";
  std::string activations = "auto";
  /// Cache types that get code; empty for the default, which depends on the
  /// activations that the stage compress chose.
  std::vector<std::string> kvCache;
  /// One variant serves all row counts, which takes the least time to compile.
  bool singleVariant = false;
};

/// One stage between import and emit.
struct Stage {
  llvm::StringLiteral name;
  void (*build)(mlir::OpPassManager &, mlir::ModuleOp, const StageOptions &);
};

/// The stages in order: raise, fuse, compress, specialize, schedule, codegen.
llvm::ArrayRef<Stage> stages();

/// Names that `--stop-after` takes: import and those above.
std::vector<std::string> stageNames();

/// Registers the stage codegen as `swage-codegen`.
void registerCodegenPipeline();

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_STAGES_H
