//===- Writer.h - Writes artifacts ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_WRITER_H
#define SWAGE_COMPILER_ARTIFACT_WRITER_H

#include "compiler/artifact/Layout.h"
#include "compiler/artifact/OutputFile.h"
#include <functional>

namespace swage::artifact {

struct WriteOptions {
  /// At least one. The bytes do not depend on it.
  unsigned threads = 1;
  /// Called now and then, by one thread at a time, with the weight that was
  /// written last and the bytes of weights so far and in all.
  std::function<void(llvm::StringRef weight, uint64_t done, uint64_t total)>
      progress;
  /// Called once all weights are in the file, with its descriptor and where
  /// they begin. It may still change the bytes of the artifact's sections, but
  /// not how many there are. What it fails with ends the writing.
  std::function<llvm::Error(int file, uint64_t weightsOffset)> onWeights;
};

/// Writes the bytes of an artifact into `file` from `offset` on, where zeros
/// are; `layout` has been placed. The caller commits the file.
llvm::Error writeArtifactInto(const OutputFile &file, uint64_t offset,
                              const Artifact &artifact, Layout &layout,
                              const WriteOptions &options);

/// Writes the file `path`. Weights are packed as they are written, a few
/// megabytes at a time. The file comes into being under another name beside
/// `path` and is renamed when it is complete and on disk; if anything fails, or
/// the process is interrupted, nothing is left behind.
llvm::Error writeArtifact(llvm::StringRef path, const Artifact &artifact,
                          const WriteOptions &options = {});

/// What lies in front of the weights, or the whole file without them: header,
/// table, code and sections. Fills in their checksums; those of weights are
/// taken from `layout`, which has been placed.
std::vector<uint8_t> makeFront(const Artifact &artifact, Layout &layout);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_WRITER_H
