//===- GroupQuantizer.h - Floats to blocks of an encoding -------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_COMPRESS_GROUPQUANTIZER_H
#define SWAGE_COMPILER_COMPRESS_GROUPQUANTIZER_H

#include "compiler/compress/FitTable.h"
#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"
#include "llvm/ADT/SmallVector.h"

namespace swage::compress {

/// Rounds blocks of a row to the nearest codes, with factors chosen for the
/// least squared error. Needs nothing but the values, and gives the same bytes
/// on every machine.
class GroupQuantizer {
public:
  /// Why floats cannot become this encoding, or an empty string.
  static std::string checkType(compression::GroupType type);

  explicit GroupQuantizer(compression::GroupType type);

  const compression::BlockLayout &getLayout() const { return layout; }

  /// Writes the unpacked block of `values`, which are as many as a block has
  /// columns and are all finite. False if a factor is too large for its type;
  /// then the block is of no use.
  bool quantize(llvm::ArrayRef<float> values, uint8_t *block) const;

  /// The values that an unpacked block stands for.
  void decode(const uint8_t *block, float *values) const;

private:
  /// Scales or minima: floats, or codes times floats that several groups share.
  struct Factors {
    compression::GroupLayout::Float type;
    bool coded;
    CodeRange range; ///< of their codes
    size_t perFloat; ///< groups
    int64_t codesOffset, floatsOffset;
  };
  /// What is stored of a block, as numbers.
  struct Block;

  static Factors makeFactors(mlir::Type type,
                             const compression::BlockLayout::Factors &layout);

  llvm::ArrayRef<float> groupOf(llvm::ArrayRef<float> values, size_t g) const {
    return values.slice(g * layout.groupColumns, layout.groupColumns);
  }
  CodeRange codesOf(const Block &block, size_t g) const;
  GroupFit fitGroup(llvm::ArrayRef<float> group, int &zero) const;
  double measure(llvm::ArrayRef<float> group, const Block &block,
                 size_t g) const;
  float scaleOf(const Block &block, size_t g) const;
  float minimumOf(const Block &block, size_t g) const;
  void fit(llvm::ArrayRef<float> values, Block &block) const;
  void encodeFactors(const Factors &factors, llvm::ArrayRef<float> wanted,
                     llvm::ArrayRef<float> importance, bool isMinima,
                     Block &block) const;
  void chooseFloats(llvm::ArrayRef<float> values, Block &block) const;
  void chooseCodes(llvm::ArrayRef<float> values, Block &block) const;
  void refit(llvm::ArrayRef<float> values, Block &block) const;
  void write(llvm::ArrayRef<float> values, const Block &block,
             uint8_t *out) const;

  compression::BlockLayout layout;
  /// Integers, where there is no table.
  CodeRange codes;
  std::optional<compression::CodeValues> tableValues;
  std::optional<ValueTable> table;
  int highZero = 0;
  bool negativeMinima = false;
  Factors scales;
  std::optional<Factors> minima;
};

} // namespace swage::compress

#endif // SWAGE_COMPILER_COMPRESS_GROUPQUANTIZER_H
