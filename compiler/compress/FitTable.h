//===- FitTable.h - Codes that number values ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The counterpart of FitCodes.h for codebooks and small floats: value = scale *
// table[code].
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_COMPRESS_FITTABLE_H
#define SWAGE_COMPILER_COMPRESS_FITTABLE_H

#include "compiler/compress/FitCodes.h"
#include "dialects/compression/CodeValues.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace swage::compress {

/// The finite values of codes, in order, each once, with its lowest code.
class ValueTable {
public:
  explicit ValueTable(const compression::CodeValues &values);

  /// The scale for the least squared error, found as that of integers is.
  GroupFit fitScale(llvm::ArrayRef<float> group, bool positive) const;

  /// The least positive scale with which no value is clipped.
  GroupFit coverGroup(llvm::ArrayRef<float> group) const;

  /// The squared error of the nearest values.
  double measureError(llvm::ArrayRef<float> group, float scale) const;

  /// Writes the codes of the nearest values; of two the larger one's.
  void writeCodes(llvm::ArrayRef<float> group, float scale, uint8_t *out) const;

private:
  /// Floats of 8 bits, which arithmetic rounds to.
  struct SmallFloat {
    int fractionBits, bias;
    float splitter, leastNormal, magic;

    SmallFloat(int fractionBits, int bias);
    uint8_t codeOf(float value) const;
  };

  size_t nearest(float value) const;
  template <typename Lanes> Lanes round(const Lanes &scaled) const;
  GroupFit fitAt(llvm::ArrayRef<float> group, float inverse) const;
  void search(llvm::ArrayRef<float> group, float extreme, float end,
              GroupFit &best) const;

  llvm::SmallVector<float, 16> values, thresholds;
  llvm::SmallVector<uint8_t, 16> codes;
  std::optional<SmallFloat> smallFloat;
};

} // namespace swage::compress

#endif // SWAGE_COMPILER_COMPRESS_FITTABLE_H
