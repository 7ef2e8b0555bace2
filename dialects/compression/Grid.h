//===- Grid.h - Codes of several neighbouring columns -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The codes of `!compression.grid`: a cell of neighbouring columns has the
// number of a point of a grid, and bits that turn signs or move all columns.
// In unpacked blocks a cell has a byte for each column, as other codes do:
//
//   | number, low 8 bits | number, high bits | bits | unused ... |
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_GRID_H
#define SWAGE_DIALECTS_COMPRESSION_GRID_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace swage::compression {

/// A grid of GGML's; see ggml-common.h and ggml-quants.c of llama.cpp.
struct Grid {
  llvm::StringLiteral name;
  int64_t cellColumns; ///< 8 or 4
  int64_t indexBits;   ///< of a point's number
  /// Bits that `bitColumns` columns share: 8 or 7 signs, where the eighth makes
  /// their number even, or one, which moves all columns down.
  int64_t bits, bitColumns;
  float factor;                   ///< what integers are multiplied with
  llvm::ArrayRef<uint8_t> values; ///< that coordinates have
  llvm::StringLiteral points;     ///< base 64 of a bit for each possible point

  /// Columns that are decoded together.
  static constexpr int64_t kUnit = 4;
  /// Columns whose cells are stored together.
  static constexpr int64_t kColumns = 256;

  bool moves() const { return bits == 1; }
  /// What is added to integers, so that they are unsigned.
  int64_t bias() const { return moves() ? 9 : 64; }
  int64_t reach() const { return moves() ? 18 : 126; }

  /// The points: 4 columns in a number, the first in its low byte.
  std::vector<int32_t> makeTable() const;
  /// The integer, without a bias, that stands in column `column` of a block of
  /// cells.
  int64_t at(const uint8_t *codes, int64_t column) const;

  static const Grid *find(llvm::StringRef name);
  static llvm::ArrayRef<Grid> all();
};

} // namespace swage::compression

#endif // SWAGE_DIALECTS_COMPRESSION_GRID_H
