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

/// What the artifact of `module` after the stage codegen holds: compiles its
/// kernels, which go into `library` if that is not null; weights are packed
/// when they are written.
llvm::Expected<artifact::Artifact>
buildArtifact(mlir::ModuleOp module, const import::ImportedModel &model,
              const CompileOptions &options, StaticLibrary *library = nullptr);

/// Bytes of all packed weights, and of all code.
uint64_t countWeightBytes(const artifact::Artifact &artifact);
uint64_t countCodeBytes(const artifact::Artifact &artifact);

/// Threads for what takes long.
unsigned countThreads(const CompileOptions &options);

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_EMITARTIFACT_H
