//===- CodeValues.h - What codes stand for ----------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values that are integers times a power of two are told from others, for
// integer dot products multiply them: i4, f4E2M1FN (halves), IQ4_NL's table.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_CODEVALUES_H
#define SWAGE_DIALECTS_COMPRESSION_CODEVALUES_H

#include "dialects/compression/Grid.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace swage::compression {

/// The values of codes as they are stored: unsigned, and integers in two's
/// complement with half of their range added.
struct CodeValues {
  enum class Kind : uint8_t {
    Integers, ///< (code - bias) * factor
    Bytes,    ///< (bytes[code] - bias) * factor
    Floats,   ///< floats[code]
    F8E4M3,   ///< the bits of a float
    F8E5M2,
    Cells ///< (integer of the cell - bias) * factor
  };

  /// Of codes of a `group`.
  explicit CodeValues(mlir::Type codes);

  Kind kind = Kind::Integers;
  int64_t count = 0; ///< of codes, but for cells
  int64_t bias = 0;
  float factor = 1; ///< a power of two, at most 1
  llvm::SmallVector<uint8_t, 16> bytes;
  llvm::SmallVector<float, 16> floats;

  const Grid *grid = nullptr; ///< of cells

  bool areIntegers() const {
    return kind == Kind::Integers || kind == Kind::Bytes || grid;
  }
  /// The largest integer, its bias included, that a code stands for.
  int64_t reach() const;
  /// The value of a code, not one of cells.
  float at(uint8_t code) const;
  /// The value of column `column` of an unpacked block's codes.
  float at(const uint8_t *codes, int64_t column) const {
    return grid ? float(grid->at(codes, column)) * factor : at(codes[column]);
  }
};

} // namespace swage::compression

#endif // SWAGE_DIALECTS_COMPRESSION_CODEVALUES_H
