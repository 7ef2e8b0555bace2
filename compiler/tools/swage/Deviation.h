//===- Deviation.h - How far values are from others -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_DEVIATION_H
#define SWAGE_COMPILER_TOOLS_SWAGE_DEVIATION_H

#include "llvm/ADT/ArrayRef.h"
#include <cmath>
#include <cstring>

namespace swage::cli {

/// Sums up pairs of values. What is a number on one side only is infinitely far
/// away.
class Deviation {
public:
  void add(float found, float wanted) {
    bool same = std::memcmp(&found, &wanted, sizeof(float)) == 0;
    double error = same ? 0 : std::abs(double(found) - double(wanted));
    if (std::isnan(error))
      error = INFINITY;
    if (error > maxError || (differing == 0 && !same)) {
      maxError = error;
      worst = count;
      worstFound = found;
      worstWanted = wanted;
    }
    differing += !same;
    squaredError += error * error;
    if (std::isfinite(wanted))
      squaredWanted += double(wanted) * double(wanted);
    ++count;
  }

  void add(llvm::ArrayRef<float> found, llvm::ArrayRef<float> wanted) {
    for (size_t i = 0; i < wanted.size(); ++i)
      add(found[i], wanted[i]);
  }

  bool sameBits() const { return differing == 0; }

  /// The root mean square of the errors over that of the wanted values.
  double relativeRms() const {
    if (squaredError == 0)
      return 0;
    return squaredWanted > 0 ? std::sqrt(squaredError / squaredWanted)
                             : INFINITY;
  }

  size_t count = 0, differing = 0;
  double maxError = 0;
  /// The pair that is farthest apart, by the order in which pairs came.
  size_t worst = 0;
  float worstFound = 0, worstWanted = 0;

private:
  double squaredError = 0, squaredWanted = 0;
};

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_DEVIATION_H
