//===- GroupedWeight.h - Codes with a scale for a group -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_GROUPEDWEIGHT_H
#define SWAGE_COMPILER_IMPORT_PACKED_GROUPEDWEIGHT_H

#include "compiler/import/packed/PackedTensors.h"
#include "dialects/compression/BlockLayout.h"

namespace swage::import {

/// Where a weight's scales are: those of `rows` rows and `columns` columns have
/// one; that of row r and column c is element `r / rows * rowStride +
/// c / columns * groupStride` of `stored`.
struct ScaleTable {
  StoredTensor stored;
  int64_t columns, rowStride, groupStride;
  int64_t rows = 1;
};

/// A matrix of codes with floats as scales, whatever order it is stored
/// in.
class GroupedWeight : public PackedWeight {
public:
  GroupedWeight(weights::TensorInfo info, const ScaleTable &scales);

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const final;

protected:
  /// Writes the codes of so many columns, unsigned as in unpacked blocks.
  virtual void readCodes(int64_t row, int64_t column, int64_t count,
                         uint8_t *out) const = 0;
  /// The zero of a group of the scales' table; asked for if the encoding has
  /// zeros.
  virtual uint8_t readZero(int64_t row, int64_t group) const;

private:
  ScaleTable scales;
  compression::BlockLayout blocks;
};

/// The columns of a group in the IR where `columns` of them have a scale. They
/// are fewer if no kernel has groups of that size, such as rows of 96; then
/// several groups have the same scale.
int64_t getGroupSize(int64_t columns);

/// The type `!compression.group<codes, size, scale, zero>`; `zero` may be null.
mlir::Type getGroupType(mlir::Type codes, int64_t size,
                        const StoredTensor &scales,
                        mlir::IntegerType zero = {});

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_GROUPEDWEIGHT_H
