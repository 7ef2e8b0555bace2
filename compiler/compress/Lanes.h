//===- Lanes.h - What fitting codes and tables shares -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Eight lanes whose sums are added in one order. What includes this is compiled
// without contraction to fused multiply-adds.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_COMPRESS_LANES_H
#define SWAGE_COMPILER_COMPRESS_LANES_H

#include "compiler/compress/FitCodes.h"
#include <cmath>
#include <cstring>

namespace swage::compress {

/// Added and taken away again, it leaves the nearest integer.
constexpr float kMagic = 0x1.8p23f;

constexpr size_t kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float))));

/// Groups whose largest magnitude is below this become zeros: scales and their
/// inverses are numbers above it.
constexpr float kSmallest = 0x1p-100f;

inline float sum(const Lanes &lanes) {
  float pairs[4];
  for (int i = 0; i < 4; ++i)
    pairs[i] = lanes[i] + lanes[i + 4];
  return (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]);
}

/// Calls `body(values)` with eight values at a time, and `last` values, the
/// others 0, at the end.
template <typename Body>
void forLanes(llvm::ArrayRef<float> values, Body body) {
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    Lanes lanes;
    std::memcpy(&lanes, &values[i], sizeof(lanes));
    body(lanes, kLanes);
  }
  if (i == values.size())
    return;
  Lanes rest = {};
  std::memcpy(&rest, &values[i], (values.size() - i) * sizeof(float));
  body(rest, values.size() - i);
}

/// Sums over codes l and what is left, r = (value - offset) * inverse - l.
struct Residuals {
  float rr, rl, ll, r = 0, l = 0;
};

/// With its sign.
inline float largestMagnitude(llvm::ArrayRef<float> values) {
  float extreme = 0;
  for (float value : values)
    if (std::fabs(value) > std::fabs(extreme))
      extreme = value;
  return extreme;
}

/// The least squares scale for the codes at `inverse`.
inline GroupFit solveScale(const Residuals &sums, float inverse) {
  if (!(sums.ll > 0))
    return {0, 0, double(sums.rr) / inverse / inverse};
  float t = sums.rl / sums.ll;
  double left = double(sums.rr) - double(t) * sums.rl;
  return {(1 + t) / inverse, 0, left / inverse / inverse};
}

/// Keeps the better one.
inline void improve(GroupFit &best, const GroupFit &other) {
  if (other.error < best.error)
    best = other;
}

} // namespace swage::compress

#endif // SWAGE_COMPILER_COMPRESS_LANES_H
