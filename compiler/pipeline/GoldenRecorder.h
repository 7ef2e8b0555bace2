//===- GoldenRecorder.h - Computes what an artifact's goldens say ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_PIPELINE_GOLDENRECORDER_H
#define SWAGE_COMPILER_PIPELINE_GOLDENRECORDER_H

#include "compiler/artifact/Image.h"
#include "compiler/golden/Golden.h"

namespace swage {

/// The target of the code that computes goldens: the least capable level of
/// this machine's architecture, so that each such machine computes the same.
/// An error if it has none of the levels.
llvm::Expected<std::string> findGoldenTarget();

/// Runs a reference, which is an artifact in memory, over the weights of the
/// artifact that is being written.
class GoldenRecorder {
public:
  /// `reference` has the weights of `written`, in the same order.
  static llvm::Expected<GoldenRecorder>
  create(const artifact::Artifact &reference, const artifact::Artifact &written,
         const std::vector<std::vector<int32_t>> &prompts, unsigned threads);

  /// The section's bytes; zeros for results before they are recorded.
  std::vector<uint8_t> getSection() const { return golden::encode(goldens); }

  /// Computes the results with the weights that begin at `offset` of a file.
  llvm::Error record(int file, uint64_t offset);

private:
  GoldenRecorder(artifact::Image image) : image(std::move(image)) {}

  artifact::Image image;
  Device device;
  Module module;
  std::vector<golden::Golden> goldens;
};

} // namespace swage

#endif // SWAGE_COMPILER_PIPELINE_GOLDENRECORDER_H
