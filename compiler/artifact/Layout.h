//===- Layout.h - Where things lie in the file ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_LAYOUT_H
#define SWAGE_COMPILER_ARTIFACT_LAYOUT_H

#include "compiler/artifact/Artifact.h"
#include "llvm/ADT/DenseMap.h"

namespace swage::artifact {

/// A range of the file outside the table.
struct SegmentPlace {
  uint64_t offset = 0, size = 0;
  uint32_t checksum = 0;
};

/// A weight in its segment.
struct WeightPlace {
  const weights::Payload *payload;
  std::string name; ///< of the first weight with this payload
  uint64_t offset = 0;
  uint32_t checksum = 0;
};

/// Segments in the order of the file: the code of each executable of each
/// program, each section, then all weights as one.
struct Layout {
  std::vector<SegmentPlace> segments;
  std::vector<WeightPlace> weights;
  llvm::DenseMap<const weights::Payload *, size_t> weightOf;
  uint64_t fileSize = 0;

  /// The layout without offsets and checksums of segments: enough to know how
  /// large the table will be.
  explicit Layout(const Artifact &artifact);

  /// Fills in the offsets of segments behind a table of this size.
  void place(uint64_t tableSize);

  /// The weights' segment; there is one if there are weights.
  uint32_t getWeightSegment() const { return uint32_t(segments.size() - 1); }
  const WeightPlace &getPlace(const Weight &weight) const {
    return weights[weightOf.lookup(weight.payload.get())];
  }
};

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_LAYOUT_H
