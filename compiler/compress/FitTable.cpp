//===- FitTable.cpp - Codes that number values ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/FitTable.h"
#include "compiler/compress/Lanes.h"
#include "llvm/ADT/STLExtras.h"

namespace swage::compress {

ValueTable::ValueTable(const compression::CodeValues &table) {
  llvm::SmallVector<std::pair<float, uint8_t>, 16> sorted;
  for (int64_t code = 0; code < table.count; ++code)
    if (float value = table.at(uint8_t(code)); std::isfinite(value))
      sorted.emplace_back(value, uint8_t(code));
  llvm::sort(sorted); // Zeros of both signs are equal.
  for (auto [value, code] : sorted) {
    if (!values.empty() && values.back() == value)
      continue;
    values.push_back(value);
    codes.push_back(code);
  }
  for (size_t i = 1; i < values.size(); ++i)
    thresholds.push_back((values[i - 1] + values[i]) / 2);
}

size_t ValueTable::nearest(float value) const {
  return llvm::upper_bound(thresholds, value) - thresholds.begin();
}

/// The scale for the values that are nearest at `inverse`.
GroupFit ValueTable::fitAt(llvm::ArrayRef<float> group, float inverse) const {
  // So many are compared with all of a group at once.
  constexpr size_t kFew = 15;
  Lanes rr = {}, rl = {}, ll = {};
  forLanes(group, [&](const Lanes &x, size_t count) {
    Lanes scaled = x * inverse, l = values.front() - Lanes{};
    if (thresholds.size() <= kFew) {
      for (auto [threshold, value] :
           llvm::zip_equal(thresholds, llvm::drop_begin(values)))
        l = scaled >= threshold ? value - Lanes{} : l;
    } else {
      for (size_t i = 0; i < count; ++i)
        l[i] = values[nearest(scaled[i])];
    }
    for (size_t i = count; i < kLanes; ++i)
      l[i] = 0; // As the value is.
    Lanes r = scaled - l;
    rr += r * r;
    rl += r * l;
    ll += l * l;
  });
  return solveScale({sum(rr), sum(rl), sum(ll)}, inverse);
}

/// Tries scales around the one at which `extreme` is `end`: the fewer values
/// there are, the more it pays to clip.
void ValueTable::search(llvm::ArrayRef<float> group, float extreme, float end,
                        GroupFit &best) const {
  size_t count = values.size();
  float first = count <= 4 ? 1.0f : 0.9f;
  float last = count <= 4 ? 6.0f : count <= 16 ? 1.35f : 1.1f;
  int steps = count <= 16 ? 20 : 5;
  for (int i = 0; i < steps; ++i)
    improve(best, fitAt(group, end / extreme *
                                   (first + (last - first) * float(i) /
                                                float(steps - 1))));
}

GroupFit ValueTable::fitScale(llvm::ArrayRef<float> group,
                              bool positive) const {
  float extreme = largestMagnitude(group);
  if (std::fabs(extreme) < kSmallest)
    return {};
  GroupFit best;
  best.error = HUGE_VAL;
  for (float end : {values.back(), values.front()}) {
    // With symmetric values, a negative scale finds nothing new.
    bool mirrored = values.front() == -values.back();
    if (end != 0 && ((!positive && !mirrored) || (end > 0) == (extreme > 0)))
      search(group, extreme, end, best);
  }
  if (best.error == HUGE_VAL)
    return {};
  for (int i = 0; i < 3 && std::fabs(best.scale) > kSmallest; ++i) {
    GroupFit fit = fitAt(group, 1 / best.scale);
    if (!(fit.error < best.error))
      break;
    best = fit;
  }
  return best;
}

double ValueTable::measureError(llvm::ArrayRef<float> group,
                                float scale) const {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  double error = 0;
  for (float value : group) {
    float left = value - values[nearest(value * inverse)] * scale;
    error += double(left) * left;
  }
  return error;
}

void ValueTable::writeCodes(llvm::ArrayRef<float> group, float scale,
                            uint8_t *out) const {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  for (float value : group)
    *out++ = codes[nearest(value * inverse)];
}

} // namespace swage::compress
