//===- Diff.h - Where two runs of a model part ------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_DIFF_H
#define SWAGE_COMPILER_TOOLS_SWAGE_DIFF_H

#include "compiler/tools/swage/Deviation.h"
#include "compiler/tools/swage/Model.h"
#include "compiler/tools/swage/TensorTrace.h"

namespace swage::cli {

/// An artifact on a device, as one side of a comparison.
struct DiffSide {
  DiffSide(const std::string &path, const DeviceChoice &device);

  Model model;
  ArtifactView view;
  DispatchWeights weights;
  Session session;
};

struct DiffOptions {
  /// Tokens of a window, how many windows, and tokens of one call; 0: all, as
  /// many as the model has positions for.
  uint32_t context = 0, windows = 0, chunk = 0;
  SessionChoice session;
};

/// A tensor that both sides compute.
struct TensorDiff {
  std::string name, operation;
  std::string dispatches[2], kernels[2];
  size_t columns;
  Deviation deviation;
};

struct DiffResult {
  /// In the order in which the first side computes them.
  std::vector<TensorDiff> tensors;
  /// What only one side computes, by side.
  std::vector<std::string> unmatched[2];
  size_t tokens = 0;
};

/// The tensors of a layer, or one tensor outside of layers.
struct LayerDiff {
  std::string name;
  const TensorDiff *output; ///< the last one: what goes to the next layer
  const TensorDiff *worst;  ///< by its relative rms
};

/// A result's tensors by layer, in their order.
std::vector<LayerDiff> byLayer(const DiffResult &result);

/// Prints a line for each of them.
void printLayers(const DiffResult &result);

/// Computes windows of `tokens` on both sides, whose second is compared with
/// the first; fails if they are not of one model.
DiffResult diff(DiffSide &first, DiffSide &second, const DiffOptions &options,
                const std::vector<int32_t> &tokens);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_DIFF_H
