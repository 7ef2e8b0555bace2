//===- ModelArchive.h - An artifact as an archive to link ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_MODELARCHIVE_H
#define SWAGE_COMPILER_ARTIFACT_MODELARCHIVE_H

#include "compiler/artifact/ModelObject.h"
#include "compiler/artifact/OutputFile.h"
#include "compiler/artifact/Writer.h"

namespace swage::artifact {

/// What an archive holds beside the artifact.
struct ModelArchive {
  /// Its size of the artifact is filled in when it is written.
  ModelObject model;
  /// For each executable of the artifact, in order, an object that defines its
  /// table of kernels. The executables themselves have no code.
  std::vector<std::vector<uint8_t>> kernels;
};

/// Writes the archive `path` up to the point where only its commit is missing,
/// so that the caller can commit it together with what belongs to it.
llvm::Expected<OutputFile> writeModelArchive(llvm::StringRef path,
                                             const Artifact &artifact,
                                             ModelArchive contents,
                                             const WriteOptions &options = {});

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_MODELARCHIVE_H
