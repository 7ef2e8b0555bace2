//===- StaticLibrary.h - Models to link into programs -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `--emit=static-lib -o libNAME.a` writes libNAME.a and, beside it, NAME.h,
// whose NAME_create makes the module.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_STATICLIBRARY_H
#define SWAGE_COMPILER_PIPELINE_STATICLIBRARY_H

#include "compiler/artifact/ModelArchive.h"
#include "compiler/pipeline/EmitArtifact.h"

namespace swage {

/// A static library under construction.
class StaticLibrary {
public:
  /// An error if no library can have this path, or no program all of these
  /// targets.
  static llvm::Expected<StaticLibrary>
  create(llvm::StringRef path, llvm::ArrayRef<cpu::Capabilities> targets);

  /// Compiles the kernels of one processor level. Calls go in the order of the
  /// artifact's executables; the executable that is returned has no code.
  llvm::Expected<artifact::Executable>
  addExecutable(const ProgramCode &code, const artifact::Program &program);

  /// Of the kernels so far.
  uint64_t codeBytes() const;

  /// Writes archive and header: both, or, if anything fails, neither.
  llvm::Error write(const artifact::Artifact &artifact,
                    const artifact::WriteOptions &options);

private:
  StaticLibrary() = default;
  std::string makeHeader(const artifact::Artifact &artifact) const;

  std::string path;
  std::string name;       ///< of the model, as in the files' names
  std::string identifier; ///< the same as C can say it
  artifact::ModelArchive archive;
};

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_STATICLIBRARY_H
