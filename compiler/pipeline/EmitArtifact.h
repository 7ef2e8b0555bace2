//===- EmitArtifact.h - The stage emit --------------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_EMITARTIFACT_H
#define SWAGE_COMPILER_PIPELINE_EMITARTIFACT_H

#include "compiler/artifact/Artifact.h"
#include "compiler/import/Import.h"
#include "compiler/pipeline/Compile.h"
#include "mlir/IR/BuiltinOps.h"
#include "targets/cpu/Capabilities.h"
#include <chrono>

namespace swage {

class StaticLibrary;

/// The kernels of a module after the stage codegen.
struct ProgramCode {
  /// The nested module, in the LLVM dialect.
  mlir::ModuleOp module;
  cpu::Capabilities capabilities;
};

/// The code of the module's CPU program, a module for each processor level.
llvm::Expected<std::vector<ProgramCode>> findCode(mlir::ModuleOp module);

/// What an executable of this code is and needs; without the code.
artifact::Executable describeExecutable(const ProgramCode &code);

/// Compiles the kernels, packs the weights and writes the artifact, or static
/// library, of `module` after the stage codegen. It goes into `library` if that
/// is not null. `start` is when the compilation began; fills in `result`.
llvm::Error
emitArtifact(mlir::ModuleOp module, const import::ImportedModel &model,
             const CompileOptions &options, StaticLibrary *library,
             const std::function<void(const CompileProgress &)> &progress,
             std::chrono::steady_clock::time_point start,
             CompileResult &result);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_EMITARTIFACT_H
