//===- BlockLayout.h - Blocks of an encoding, unpacked --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The form in which sources of weights hand blocks to packers: a byte for each
// code, nothing decoded and nothing lost.
//
//   | codes | scale codes | zeros | min codes | scales | mins |
//
// Codes are unsigned, as `#compression.group_tiles` stores them: those in two's
// complement of b bits have 2^(b-1) added. Scales and minima are floats as they
// are encoded; if they are groups with minima, then these follow their scales.
// Nothing is aligned. A block may be as long as a row.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_BLOCKLAYOUT_H
#define SWAGE_DIALECTS_COMPRESSION_BLOCKLAYOUT_H

#include "dialects/compression/GroupLayout.h"

namespace swage::compression {

struct BlockLayout {
  /// Scales or minima.
  struct Factors {
    /// Of the codes of all groups, if groups have codes.
    std::optional<int64_t> codesOffset;
    GroupLayout::Float type;
    int64_t floats; ///< of a block
    int64_t floatsOffset = 0;
    /// What is added to products of codes and floats, as many as floats.
    std::optional<GroupLayout::Float> addendType = std::nullopt;
    int64_t addendsOffset = 0;
  };

  /// Blocks of matrices with elements of that type.
  explicit BlockLayout(GroupType type);

  int64_t columns, groupColumns;
  Factors scales;
  std::optional<int64_t> zerosOffset;
  std::optional<Factors> minima;
  int64_t bytes;

  int64_t groups() const { return columns / groupColumns; }
};

} // namespace swage::compression

#endif // SWAGE_DIALECTS_COMPRESSION_BLOCKLAYOUT_H
