//===- FitCodes.cpp - Scales and minima for the least squared error -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/FitCodes.h"
#include "compiler/compress/Lanes.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace swage::compress {

namespace {

/// The nearest code of each value.
inline Lanes toCodes(const Lanes &scaled, float low, float high) {
  Lanes lows = low - Lanes{}, highs = high - Lanes{};
  Lanes raised = scaled < lows ? lows : scaled;
  Lanes clamped = raised > highs ? highs : raised;
  return (clamped + kMagic) - kMagic;
}

/// Without the sums of r and l, which one scale alone does not need.
inline Residuals measureScaled(llvm::ArrayRef<float> values, float inverse,
                               float low, float high) {
  Lanes rr = {}, rl = {}, ll = {};
  forLanes(values, [&](const Lanes &x, size_t) {
    Lanes scaled = x * inverse;
    Lanes l = toCodes(scaled, low, high), r = scaled - l;
    rr += r * r;
    rl += r * l;
    ll += l * l;
  });
  return {sum(rr), sum(rl), sum(ll)};
}

/// Where lanes past the end add nothing: codes from 0 on, of values less their
/// offset.
inline Residuals measureShifted(llvm::ArrayRef<float> values, float offset,
                                float inverse, float high) {
  Lanes rr = {}, rl = {}, ll = {}, rs = {}, ls = {};
  forLanes(values, [&](const Lanes &x, size_t count) {
    Lanes scaled = (x - offset) * inverse;
    for (size_t i = count; i < kLanes; ++i)
      scaled[i] = 0;
    Lanes l = toCodes(scaled, 0, high), r = scaled - l;
    rr += r * r;
    rl += r * l;
    ll += l * l;
    rs += r;
    ls += l;
  });
  return {sum(rr), sum(rl), sum(ll), sum(rs), sum(ls)};
}

/// The magnitude that clipping starts from, in units of the range's end: 0.9
/// of a step less than it, and up to what pays with few codes.
struct Steps {
  float first, step;
  int count;
};
Steps stepsFor(int end) {
  float last = float(end) * (end > 24 ? 0.04f : end > 6 ? 0.32f : 0.45f);
  constexpr int kCount = 12;
  return {-0.9f, (last + 0.9f) / (kCount - 1), kCount};
}

GroupFit fitAt(llvm::ArrayRef<float> values, float inverse, CodeRange range) {
  return solveScale(
      measureScaled(values, inverse, float(range.low), float(range.high)),
      inverse);
}

/// The best of scales around those at which `extreme` is `end`.
GroupFit searchScale(llvm::ArrayRef<float> values, float extreme, int end,
                     CodeRange range) {
  Steps steps = stepsFor(std::abs(end));
  GroupFit best;
  best.error = HUGE_VAL;
  for (int i = 0; i < steps.count; ++i) {
    float magnitude =
        float(std::abs(end)) + (steps.first + float(i) * steps.step);
    float inverse = (end < 0 ? -magnitude : magnitude) / extreme;
    improve(best, fitAt(values, inverse, range));
  }
  return best;
}

/// Codes anew for the scale that was found, and a scale for those.
void refineScale(llvm::ArrayRef<float> values, CodeRange range,
                 GroupFit &best) {
  for (int i = 0; i < 2 && std::fabs(best.scale) > kSmallest; ++i) {
    GroupFit fit = fitAt(values, 1 / best.scale, range);
    if (!(fit.error < best.error))
      return;
    best = fit;
  }
}

/// The least squares scale and minimum for the codes at `inverse`.
GroupFit solveShifted(const Residuals &sums, float count, float offset,
                      float inverse, bool negative) {
  float det = count * sums.ll - sums.l * sums.l, t = 0;
  float u = sums.r / count;
  if (det > 0) {
    t = (count * sums.rl - sums.l * sums.r) / det;
    u = (sums.r - t * sums.l) / count;
  }
  if (negative && offset + u / inverse > 0) { // The minimum is 0.
    u = -offset * inverse;
    t = sums.ll > 0 ? (sums.rl - u * sums.l) / sums.ll : 0;
  }
  double error = double(sums.rr) - 2 * double(t) * sums.rl -
                 2 * double(u) * sums.r + double(t) * t * sums.ll +
                 2 * double(t) * u * sums.l + double(u) * u * count;
  if (!(t > -1))
    return {0, 0, HUGE_VAL};
  return {(1 + t) / inverse, offset + u / inverse, error / inverse / inverse};
}

} // namespace

float roundToInteger(float value) { return (value + kMagic) - kMagic; }

GroupFit fitScale(llvm::ArrayRef<float> values, CodeRange range,
                  bool positive) {
  float extreme = largestMagnitude(values);
  if (std::fabs(extreme) < kSmallest)
    return {};
  GroupFit best;
  best.error = HUGE_VAL;
  for (int end : {range.high, range.low})
    if (end != 0 && (!positive || (end > 0) == (extreme > 0)))
      improve(best, searchScale(values, extreme, end, range));
  if (best.error == HUGE_VAL) // All codes have the other sign.
    return {};
  refineScale(values, range, best);
  return best;
}

GroupFit fitScaleAndMinimum(llvm::ArrayRef<float> values, int high,
                            bool negative) {
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  float low = negative ? std::min(*least, 0.0f) : *least;
  float span = *most - low;
  if (span < kSmallest) { // All are the same, and at most 0 if `negative`.
    GroupFit same;
    same.minimum = low;
    return same;
  }
  auto at = [&](float offset, float inverse) {
    return solveShifted(measureShifted(values, offset, inverse, float(high)),
                        float(values.size()), offset, inverse, negative);
  };
  Steps steps = stepsFor(high);
  GroupFit best;
  best.error = HUGE_VAL;
  for (int i = 0; i < steps.count; ++i)
    improve(
        best,
        at(low, (float(high) + (steps.first + float(i) * steps.step)) / span));
  for (int i = 0; i < 4 && best.scale > kSmallest; ++i) {
    GroupFit fit = at(best.minimum, 1 / best.scale);
    if (!(fit.error < best.error))
      break;
    best = fit;
  }
  return best;
}

GroupFit fitScaleAndZero(llvm::ArrayRef<float> values, int high, int highZero,
                         int &zero) {
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  float low = std::min(*least, 0.0f), span = std::max(*most, 0.0f) - low;
  zero = 0;
  if (span < kSmallest)
    return {};
  Steps steps = stepsFor(high);
  GroupFit best;
  best.error = HUGE_VAL;
  for (int i = 0; i < steps.count; ++i) {
    float inverse =
        (float(high) + (steps.first + float(i) * steps.step)) / span;
    // The place of 0 if as much is clipped at both ends.
    float clipped = (span * inverse - float(high)) / 2;
    int at =
        std::clamp(int(roundToInteger(-low * inverse - clipped)), 0, highZero);
    GroupFit fit = fitAt(values, inverse, {-at, high - at});
    if (fit.error < best.error) {
      best = fit;
      zero = at;
    }
  }
  refineScale(values, {-zero, high - zero}, best);
  return best;
}

float fitFactors(llvm::ArrayRef<float> factors, llvm::ArrayRef<float> weights,
                 CodeRange range) {
  float extreme = largestMagnitude(factors);
  if (std::fabs(extreme) < kSmallest)
    return 0;
  float best = 0;
  double bestGain = 0; // Of the squared error, over that of a scale of 0.
  for (int end : {range.low, range.high}) {
    Steps steps = stepsFor(std::abs(end));
    for (int i = 0; end != 0 && i < steps.count; ++i) {
      float magnitude =
          float(std::abs(end)) + (steps.first + float(i) * steps.step);
      float inverse = (end < 0 ? -magnitude : magnitude) / extreme;
      double products = 0, squares = 0;
      for (auto [factor, weight] : llvm::zip_equal(factors, weights)) {
        float code = roundToInteger(
            std::clamp(factor * inverse, float(range.low), float(range.high)));
        products += double(weight * factor) * code;
        squares += double(weight * code) * code;
      }
      if (squares > 0 && products * products / squares > bestGain) {
        bestGain = products * products / squares;
        best = float(products / squares);
      }
    }
  }
  return best;
}

double measureError(llvm::ArrayRef<float> values, float scale, float minimum,
                    CodeRange range) {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  Lanes errors = {};
  forLanes(values, [&](const Lanes &x, size_t count) {
    Lanes centered = x - minimum;
    Lanes l = toCodes(centered * inverse, float(range.low), float(range.high));
    Lanes left = centered - l * scale;
    for (size_t i = count; i < kLanes; ++i)
      left[i] = 0;
    errors += left * left;
  });
  return sum(errors);
}

void writeCodes(llvm::ArrayRef<float> values, float scale, float minimum,
                CodeRange range, uint8_t *codes) {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  forLanes(values, [&](const Lanes &x, size_t count) {
    Lanes l =
        toCodes((x - minimum) * inverse, float(range.low), float(range.high));
    for (size_t i = 0; i < count; ++i)
      *codes++ = uint8_t(int(l[i]) - range.low);
  });
}

CodeSums sumCodes(llvm::ArrayRef<float> values, float scale, float minimum,
                  CodeRange range) {
  float inverse = std::fabs(scale) < kSmallest ? 0 : 1 / scale;
  Lanes codes = {}, codes2 = {}, sums = {}, products = {};
  forLanes(values, [&](const Lanes &x, size_t count) {
    Lanes l =
        toCodes((x - minimum) * inverse, float(range.low), float(range.high));
    for (size_t i = count; i < kLanes; ++i)
      l[i] = 0;
    codes += l;
    codes2 += l * l;
    sums += x;
    products += x * l;
  });
  return {sum(codes), sum(codes2), sum(sums), sum(products)};
}

} // namespace swage::compress
