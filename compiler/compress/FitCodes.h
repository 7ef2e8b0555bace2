//===- FitCodes.h - Scales and minima for the least squared error ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values of a group become codes: value = scale * code + minimum. Every sum is
// added in one order, so results are the same bits on every machine.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_COMPRESS_FITCODES_H
#define SWAGE_COMPILER_COMPRESS_FITCODES_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace swage::compress {

/// Integers from `low` to `high`.
struct CodeRange {
  int low, high;
};

/// A group's factors as real numbers, and the squared error that they leave.
struct GroupFit {
  float scale = 0, minimum = 0;
  double error = 0;
};

/// The scale for codes of that range, which holds 0, where the minimum is 0.
/// It is found by trying: first scales at which the largest magnitude becomes
/// one end of the range or somewhat more than it, which clips it; then the
/// least squares solution for the codes of the best one. With `positive`, the
/// scale is not negative.
GroupFit fitScale(llvm::ArrayRef<float> values, CodeRange range, bool positive);

/// The scale and the minimum for codes from 0 to `high`, in the same way. With
/// `negative`, the minimum is at most 0.
GroupFit fitScaleAndMinimum(llvm::ArrayRef<float> values, int high,
                            bool negative);

/// The scale and the zero point, a code from 0 to `highZero`, for codes from 0
/// to `high`: value = scale * (code - zero).
GroupFit fitScaleAndZero(llvm::ArrayRef<float> values, int high, int highZero,
                         int &zero);

/// One scale for several factors that become codes of that range themselves:
/// minimizes the sum of weights * (scale * code - factor)^2.
float fitFactors(llvm::ArrayRef<float> factors, llvm::ArrayRef<float> weights,
                 CodeRange range);

/// The squared error of the nearest codes.
double measureError(llvm::ArrayRef<float> values, float scale, float minimum,
                    CodeRange range);

/// Writes the nearest codes, less `range.low`.
void writeCodes(llvm::ArrayRef<float> values, float scale, float minimum,
                CodeRange range, uint8_t *codes);

/// Sums over a group and its nearest codes.
struct CodeSums {
  float codes, codes2, values, products;
};
CodeSums sumCodes(llvm::ArrayRef<float> values, float scale, float minimum,
                  CodeRange range);

/// The nearest integer, of two the even one, for magnitudes below 2^22.
float roundToInteger(float value);

} // namespace swage::compress

#endif // SWAGE_COMPILER_COMPRESS_FITCODES_H
