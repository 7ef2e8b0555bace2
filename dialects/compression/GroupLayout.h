//===- GroupLayout.h - Where a span of group tiles has what ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of `#compression.group_tiles`, shared by what packs it and
// what reads it; the attribute's description draws it.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_GROUPLAYOUT_H
#define SWAGE_DIALECTS_COMPRESSION_GROUPLAYOUT_H

#include "dialects/compression/CodeValues.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>

namespace swage::compression {

class GroupType;

/// Unsigned codes in planes of 4, 2 or 1 bits, or bytes, or digits of base 3,
/// five in a byte; what a unit is depends on what they are codes of.
struct PackedCodes {
  /// Some bits of every code.
  struct Plane {
    int64_t bits;   ///< 8, 4, 2 or 1
    int64_t shift;  ///< of its lowest bit in a code
    int64_t offset; ///< bytes from the start of the codes
    int64_t stride; ///< units that are `bits` apart in the same bytes

    /// Which of the plane's units of packed bytes has `unit`, and from which
    /// bit of each byte on.
    int64_t packed(int64_t unit) const { return unit % stride; }
    int64_t bit(int64_t unit) const { return unit / stride * bits; }
  };

  int64_t bits; ///< of a code by itself
  int64_t units, unitBytes;
  llvm::SmallVector<Plane, 3> planes; ///< none of digits
  int64_t bytes;
  /// Units whose digits are in the same bytes are so far apart; 0 if there are
  /// no digits.
  int64_t digitStride = 0;

  PackedCodes(int64_t bits, int64_t units, int64_t unitBytes);
  static PackedCodes digits(int64_t units, int64_t unitBytes);

  /// Adds a code to `packed`, which had none there.
  void put(int64_t unit, int64_t byte, uint32_t code, uint8_t *packed) const;
  uint32_t get(int64_t unit, int64_t byte, const uint8_t *packed) const;
};

/// The layout of one span.
struct GroupLayout {
  enum class Float : uint8_t { F32, F16, BF16, F8E8M0, F8E4M3 };

  /// Scales or minima of all rows.
  struct Factors {
    std::optional<PackedCodes> codes; ///< of each group, if there are any
    std::optional<CodeValues> values; ///< of these codes
    int64_t codesOffset = 0;
    Float type;
    int64_t floats; ///< of a row
    int64_t floatsOffset = 0;
    /// What is added to products of codes and floats, as many as floats.
    std::optional<Float> addendType;
    int64_t addendsOffset = 0;
  };

  /// Of matrices with elements of that type, in tiles of `rows` rows.
  GroupLayout(GroupType type, int64_t rows);

  /// Columns that kernels take at a time.
  static constexpr int64_t kChunk = 64;
  /// Columns of a unit of codes.
  static constexpr int64_t kInterleave = 4;

  int64_t rows;
  int64_t columns;      ///< of a span
  int64_t blockColumns; ///< of a block of the encoding
  int64_t groupColumns;
  int64_t codeColumns; ///< whose codes stand together: 64, or 256
  CodeValues values;
  PackedCodes codes; ///< of as many columns; of cells only how many bytes
  /// The parts of cells: points, and behind them bits.
  std::optional<PackedCodes> points, cellBits;
  Factors scales;
  std::optional<PackedCodes> zeros;
  int64_t zeroBias = 0; ///< what is added to zeros
  int64_t zerosOffset = 0;
  std::optional<Factors> minima;
  int64_t bytes; ///< of a span

  int64_t groups() const { return columns / groupColumns; }
  int64_t chunks() const { return columns / kChunk; }
  /// Bytes of a tile of `k` columns.
  int64_t tileBytes(int64_t k) const {
    return (k + columns - 1) / columns * bytes;
  }

private:
  GroupLayout(GroupType type, int64_t rows, int64_t columns);
};

/// What scales of `type`, one of the above, are stored as.
GroupLayout::Float getFloat(mlir::Type type);

/// Bytes of a float.
constexpr int64_t floatBytes(GroupLayout::Float type) {
  using Float = GroupLayout::Float;
  return type == Float::F32                          ? 4
         : type == Float::F16 || type == Float::BF16 ? 2
                                                     : 1;
}

/// The value of a float that is stored at `bytes`.
float widen(GroupLayout::Float type, const uint8_t *bytes);

} // namespace swage::compression

#endif // SWAGE_DIALECTS_COMPRESSION_GROUPLAYOUT_H
