//===- CodePanel.h - Unpacked codes in scratch ------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A slice of a few tiles of `#compression.group_tiles`, unpacked once for many
// rows: it fits L1, and stays there while the rows pass over it.
//
//   codes     [tile][unit of 4 columns][16 rows x 4]   bytes
//   factors   [tile][group][16 rows]                   f32; zeros i32
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CODEPANEL_H
#define SWAGE_TARGETS_CPU_CODEPANEL_H

#include "targets/cpu/GroupDecoder.h"

namespace swage::cpu {

class CodePanel {
public:
  using Value = mlir::Value;

  /// Of `tiles` tiles; a slice is as many spans as it may have, at least one.
  CodePanel(KernelBuilder &k, const compression::GroupLayout &layout,
            Value weights, int64_t tiles);

  /// Bytes of scratch that it takes.
  static int64_t scratchBytes(const compression::GroupLayout &layout,
                              int64_t tiles);

  /// The most spans of a slice.
  int64_t maxSpans() const { return spans; }

  /// Unpacks `count` spans from number `first` on of the `numTiles` tiles from
  /// number `tile` on, of `tileBytes` each. `prepare` makes of a unit's codes
  /// what the panel has of them.
  void unpack(Value tile, int64_t numTiles, int64_t tileBytes, Value first,
              Value count, llvm::function_ref<Value(Value)> prepare);

  /// Where unit number `unit` of the slice stands in `codes`.
  Value place(int64_t tile, Value unit);
  Value codes; ///< i32 scratch
  /// The codes of a unit.
  Value load(int64_t tile, Value unit);
  /// The factors of group number `group` of the slice.
  GroupDecoder::Factors factors(int64_t tile, Value group);

private:
  static int64_t spansOf(const compression::GroupLayout &layout);
  Value factorPlace(int64_t tile, Value group);

  KernelBuilder &k;
  const compression::GroupLayout &layout;
  GroupDecoder decoder;
  int64_t spans;
  Value scales, minima, zeros; ///< scratch
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CODEPANEL_H
