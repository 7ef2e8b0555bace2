//===- FitTable.cpp - Codes that number values ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/FitTable.h"
#include "compiler/compress/Lanes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

namespace swage::compress {

/// Thresholds that are compared with all at once.
static constexpr size_t kFew = 15;

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
  if (table.kind == compression::CodeValues::Kind::F8E4M3)
    smallFloat.emplace(3, 7);
  else if (table.kind == compression::CodeValues::Kind::F8E5M2)
    smallFloat.emplace(2, 15);
}

ValueTable::SmallFloat::SmallFloat(int fractionBits, int bias)
    : fractionBits(fractionBits), bias(bias),
      splitter(std::ldexp(1.0f, 23 - fractionBits) + 1),
      leastNormal(std::ldexp(1.0f, 1 - bias)),
      magic(std::ldexp(kMagic, 1 - bias - fractionBits)) {}

/// The code of one of the values.
uint8_t ValueTable::SmallFloat::codeOf(float value) const {
  float magnitude = std::fabs(value);
  uint32_t code;
  if (magnitude < leastNormal)
    code = uint32_t(std::ldexp(magnitude, bias - 1 + fractionBits));
  else
    code = (llvm::bit_cast<uint32_t>(magnitude) >> (23 - fractionBits)) -
           (uint32_t(127 - bias) << fractionBits);
  return uint8_t(code | (value < 0 ? 0x80 : 0));
}

size_t ValueTable::nearest(float value) const {
  if (thresholds.size() > kFew)
    return llvm::upper_bound(thresholds, value) - thresholds.begin();
  size_t index = 0; // Without branches.
  for (float threshold : thresholds)
    index += value >= threshold;
  return index;
}

/// The nearest value of each.
template <typename Lanes> Lanes ValueTable::round(const Lanes &scaled) const {
  Lanes low = values.front() - Lanes{}, high = values.back() - Lanes{};
  if (smallFloat) {
    Lanes x = scaled < low ? low : scaled;
    x = x > high ? high : x;
    // Veltkamp's splitting rounds to the leading bits.
    Lanes product = x * smallFloat->splitter, normal = product - (product - x);
    Lanes magic = smallFloat->magic - Lanes{};
    Lanes subnormal = (x + magic) - magic;
    Lanes magnitude = x < 0 ? -x : x;
    return magnitude < smallFloat->leastNormal - Lanes{} ? subnormal : normal;
  }
  Lanes rounded = low;
  if (thresholds.size() <= kFew) {
    for (size_t i = 0; i < thresholds.size(); ++i)
      rounded =
          scaled >= thresholds[i] - Lanes{} ? values[i + 1] - Lanes{} : rounded;
    return rounded;
  }
  for (size_t i = 0; i < kLanes; ++i)
    rounded[i] = values[nearest(scaled[i])];
  return rounded;
}

/// The scale for the values that are nearest at `inverse`.
GroupFit ValueTable::fitAt(llvm::ArrayRef<float> group, float inverse) const {
  Lanes rr = {}, rl = {}, ll = {};
  forLanes(group, [&](const Lanes &x, size_t count) {
    Lanes scaled = x * inverse, l = round(scaled);
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
  int steps = count <= 16 ? 12 : 4;
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

GroupFit ValueTable::coverGroup(llvm::ArrayRef<float> group) const {
  GroupFit fit;
  for (float value : group)
    fit.scale = std::max(fit.scale,
                         value / (value < 0 ? values.front() : values.back()));
  return fit;
}

double ValueTable::measureError(llvm::ArrayRef<float> group,
                                float scale) const {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  Lanes errors = {};
  forLanes(group, [&](const Lanes &x, size_t count) {
    Lanes left = x - round(x * inverse) * scale;
    for (size_t i = count; i < kLanes; ++i)
      left[i] = 0;
    errors += left * left;
  });
  return sum(errors);
}

void ValueTable::writeCodes(llvm::ArrayRef<float> group, float scale,
                            uint8_t *out) const {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  forLanes(group, [&](const Lanes &x, size_t count) {
    Lanes scaled = x * inverse;
    if (smallFloat) {
      Lanes rounded = round(scaled);
      for (size_t i = 0; i < count; ++i)
        *out++ = smallFloat->codeOf(rounded[i]);
      return;
    }
    for (size_t i = 0; i < count; ++i)
      *out++ = codes[nearest(scaled[i])];
  });
}

} // namespace swage::compress
