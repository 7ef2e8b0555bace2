//===- ArtifactWriter.h - Write an artifact to a file -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The format is docs/artifact-format.md. The table is described with flatc's
// object interface (`swage::schema::ArtifactT`); what it refers to is given
// apart, segment by segment.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_ARTIFACTWRITER_H
#define SWAGE_COMPILER_ARTIFACT_ARTIFACTWRITER_H

#include "compiler/artifact/artifact_table.h"
#include "compiler/weights/Payload.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <vector>

namespace swage::artifact {

/// A weight of the table and where its bytes come from. The writer fills in
/// `offset`, `size` and `checksum`.
struct WeightContent {
  schema::WeightT *weight;
  std::unique_ptr<weights::Payload> payload;
};

/// A range of the file: bytes at hand, or weights that are made when written.
struct SegmentContent {
  llvm::ArrayRef<char> bytes;
  std::vector<WeightContent> weights;
};

/// Reports the name of the weight under way and bytes of all weights, from one
/// thread at a time.
using WriteProgress = llvm::function_ref<void(
    llvm::StringRef name, uint64_t bytesDone, uint64_t bytesTotal)>;

/// What was written.
struct WriteResult {
  uint64_t weightBytes = 0, fileBytes = 0;
};

/// Writes `table` and `segments` to `path` with `threads` threads (0: all
/// processors). Weights are made in pieces of a few MiB, in the order given,
/// each in its own 256-byte aligned place. The file is written beside `path`
/// and renamed when it is complete; after an error `path` is as it was. The
/// bytes do not depend on the number of threads.
llvm::Expected<WriteResult> writeArtifact(llvm::StringRef path,
                                          schema::ArtifactT &table,
                                          std::vector<SegmentContent> &segments,
                                          unsigned threads,
                                          WriteProgress progress);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_ARTIFACTWRITER_H
