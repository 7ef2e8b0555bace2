//===- GgmlBlocks.h - Blocks of GGML's types, taken apart -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H
#define SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H

#include "compiler/weights/Dtype.h"

namespace swage::weights {

/// One block of an encoding: what it stores, unpacked and otherwise unchanged.
/// Codes that are in two's complement have half of their range added, so that
/// all are unsigned.
struct GroupBlock {
  static constexpr int64_t kMaxColumns = 256, kMaxGroups = 16;

  uint8_t codes[kMaxColumns];
  /// Of each group, where scales and minima have codes.
  uint8_t scaleCodes[kMaxGroups], minCodes[kMaxGroups];
  /// The block's float, as it is encoded.
  uint16_t scale, minimum;
};

/// Takes a block of `dtype`, one of GGML's types, apart. The formats are those
/// of ggml-common.h and ggml-quants.c of llama.cpp.
void unpackGgml(Dtype dtype, const uint8_t *block, GroupBlock &out);

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_GGMLBLOCKS_H
