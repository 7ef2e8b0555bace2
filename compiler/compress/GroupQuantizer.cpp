//===- GroupQuantizer.cpp - Floats to blocks of an encoding ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/GroupQuantizer.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace swage::compress {

using compression::BlockLayout;
using compression::GroupLayout;
using compression::GroupType;
using Float = compression::GroupLayout::Float;

/// Scales or minima of a block.
namespace {
struct FactorValues {
  llvm::SmallVector<float, 16> floats; ///< as they are stored
  llvm::SmallVector<int, 16> codes;    ///< of each group, if they are coded
};
} // namespace

struct GroupQuantizer::Block {
  FactorValues scales, minima;
  llvm::SmallVector<int, 16> zeros;
  double error = 0;
};

static CodeRange rangeOf(Type type) {
  auto integer = cast<IntegerType>(type);
  int size = 1 << integer.getWidth();
  return integer.isUnsigned() ? CodeRange{0, size - 1}
                              : CodeRange{-size / 2, size / 2 - 1};
}

static bool isUnsigned(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.isUnsigned();
}

std::string GroupQuantizer::checkType(GroupType type) {
  if (isa<compression::GridType>(type.getCodes()))
    return "its codes are points of a grid";
  if (type.getZero() && type.getMinimum())
    return "it has both zeros and minima";
  if ((type.getZero() && !isUnsigned(type.getZero())) ||
      ((type.getZero() || type.getMinimum()) && !isUnsigned(type.getCodes())))
    return "zeros and minima go with unsigned integers alone";
  if (isa_and_nonnull<Float8E8M0FNUType>(type.getMinimum()))
    return "its minima are powers of two";
  for (Type factors : {type.getScale(), type.getMinimum()})
    if (auto group = dyn_cast_or_null<GroupType>(factors);
        group && (!isa<IntegerType>(group.getCodes()) || group.getMinimum()))
      return "its scales or minima are other groups than integers with scales";
  return "";
}

GroupQuantizer::Factors
GroupQuantizer::makeFactors(Type type, const BlockLayout::Factors &layout) {
  Factors factors = {layout.type, false, {}, 1, 0, layout.floatsOffset};
  if (auto group = dyn_cast<GroupType>(type)) {
    factors.coded = true;
    factors.range = rangeOf(group.getCodes());
    factors.perFloat = group.getSize();
    factors.codesOffset = *layout.codesOffset;
  }
  return factors;
}

GroupQuantizer::GroupQuantizer(GroupType type)
    : layout(type), codes{0, 0},
      scales(makeFactors(type.getScale(), layout.scales)) {
  if (isa<IntegerType>(type.getCodes()))
    codes = rangeOf(type.getCodes());
  else
    table.emplace(*(tableValues = compression::CodeValues(type.getCodes())));
  if (type.getZero())
    highZero = rangeOf(type.getZero()).high;
  if (layout.minima) {
    minima = makeFactors(type.getMinimum(), *layout.minima);
    negativeMinima = minima->coded && minima->range.low == 0;
  }
}

static const llvm::fltSemantics &semanticsOf(Float type) {
  switch (type) {
  case Float::F32:
    return llvm::APFloat::IEEEsingle();
  case Float::F16:
    return llvm::APFloat::IEEEhalf();
  case Float::BF16:
    return llvm::APFloat::BFloat();
  case Float::F8E8M0:
    return llvm::APFloat::Float8E8M0FNU();
  case Float::F8E4M3:
    return llvm::APFloat::Float8E4M3FN();
  }
  llvm_unreachable("all floats are listed");
}

/// The nearest value of the type, which may be infinite or no number.
static llvm::APFloat narrow(Float type, float value) {
  llvm::APFloat number(value);
  bool inexact;
  number.convert(semanticsOf(type), llvm::APFloat::rmNearestTiesToEven,
                 &inexact);
  return number;
}

static float roundTo(Float type, float value) {
  // A type of exponents has neither zero nor sign.
  if (type == Float::F8E8M0 && !(value > 0))
    return roundTo(type, 0x1p-127f);
  return narrow(type, value).convertToFloat();
}

/// The factor of group `g`, computed as kernels do.
static float factorOf(bool coded, size_t perFloat, const FactorValues &values,
                      size_t g) {
  return coded ? float(values.codes[g]) * values.floats[g / perFloat]
               : values.floats[g];
}

CodeRange GroupQuantizer::codesOf(const Block &block, size_t g) const {
  if (block.zeros.empty())
    return codes;
  return {codes.low - block.zeros[g], codes.high - block.zeros[g]};
}

float GroupQuantizer::scaleOf(const Block &block, size_t g) const {
  return factorOf(scales.coded, scales.perFloat, block.scales, g);
}

float GroupQuantizer::minimumOf(const Block &block, size_t g) const {
  return minima ? factorOf(minima->coded, minima->perFloat, block.minima, g)
                : 0;
}

/// The squared error of a group with the block's factors.
double GroupQuantizer::measure(llvm::ArrayRef<float> group, const Block &block,
                               size_t g) const {
  float scale = scaleOf(block, g);
  return table ? table->measureError(group, scale)
               : measureError(group, scale, minimumOf(block, g),
                              codesOf(block, g));
}

GroupFit GroupQuantizer::fitGroup(llvm::ArrayRef<float> group,
                                  int &zero) const {
  bool positive =
      (scales.coded && scales.range.low == 0) || scales.type == Float::F8E8M0;
  if (table && scales.type == Float::F8E8M0 && !scales.coded)
    return table->coverGroup(group); // chooseFloats() tries its neighbours.
  if (table)
    return table->fitScale(group, positive);
  if (layout.zerosOffset)
    return fitScaleAndZero(group, codes.high, highZero, zero);
  if (minima)
    return fitScaleAndMinimum(group, codes.high, negativeMinima);
  return fitScale(group, codes, positive);
}

/// Fits each group by itself, then stores its factors.
void GroupQuantizer::fit(llvm::ArrayRef<float> values, Block &block) const {
  size_t groups = layout.groups();
  llvm::SmallVector<float, 16> scale(groups), minimum(groups), weight(groups);
  for (size_t g = 0; g < groups; ++g) {
    llvm::ArrayRef<float> group = groupOf(values, g);
    int zero = 0;
    GroupFit fit = fitGroup(group, zero);
    if (layout.zerosOffset)
      block.zeros.push_back(zero);
    scale[g] = fit.scale;
    minimum[g] = fit.minimum;
    weight[g] =
        !scales.coded || table
            ? 1
            : sumCodes(group, fit.scale, fit.minimum, codesOf(block, g)).codes2;
  }
  encodeFactors(scales, scale, weight, false, block);
  if (minima) {
    std::fill(weight.begin(), weight.end(), 1.0f);
    encodeFactors(*minima, minimum, weight, true, block);
  }
}

/// Stores factors as their type does. Minima with unsigned codes are at most 0,
/// so their floats are.
void GroupQuantizer::encodeFactors(const Factors &factors,
                                   llvm::ArrayRef<float> wanted,
                                   llvm::ArrayRef<float> importance,
                                   bool isMinima, Block &block) const {
  FactorValues &out = isMinima ? block.minima : block.scales;
  out.floats.clear();
  out.codes.clear();
  for (size_t g = 0; g < wanted.size(); g += factors.perFloat) {
    llvm::ArrayRef<float> some = wanted.slice(g, factors.perFloat);
    if (!factors.coded) {
      out.floats.push_back(roundTo(factors.type, some.front()));
      continue;
    }
    float number = roundTo(
        factors.type,
        fitFactors(some, importance.slice(g, factors.perFloat), factors.range));
    out.floats.push_back(number);
    for (float value : some) {
      float code = number == 0 ? 0 : value / number;
      out.codes.push_back(int(roundToInteger(std::clamp(
          code, float(factors.range.low), float(factors.range.high)))));
    }
  }
}

/// Floats of few bits: for each group, tries those next to its scale.
void GroupQuantizer::chooseFloats(llvm::ArrayRef<float> values,
                                  Block &block) const {
  for (size_t g = 0; g < size_t(layout.groups()); ++g) {
    float &scale = block.scales.floats[g], start = scale, kept = scale;
    double best = HUGE_VAL;
    uint64_t bits = narrow(scales.type, start).bitcastToAPInt().getZExtValue();
    for (int step : {0, -1, 1}) {
      uint8_t other = uint8_t(bits + step);
      scale = compression::widen(scales.type, &other);
      // Not past zero or the largest one, where the sign turns.
      if (!std::isfinite(scale) || std::signbit(scale) != std::signbit(start))
        continue;
      double error = measure(groupOf(values, g), block, g);
      if (error < best) {
        best = error;
        kept = scale;
      }
    }
    scale = kept;
  }
}

/// For each group, tries the neighbours of its factors' codes, and adds up the
/// error.
void GroupQuantizer::chooseCodes(llvm::ArrayRef<float> values,
                                 Block &block) const {
  block.error = 0;
  for (size_t g = 0; g < size_t(layout.groups()); ++g) {
    double best = HUGE_VAL;
    int scaleBest = 0, minimumBest = 0;
    int scaleAt = scales.coded ? block.scales.codes[g] : 0;
    int minimumAt = minima && minima->coded ? block.minima.codes[g] : 0;
    int scaleReach = scales.coded, minimumReach = minima && minima->coded;
    for (int s = scaleAt - scaleReach; s <= scaleAt + scaleReach; ++s) {
      if (scales.coded && (s < scales.range.low || s > scales.range.high))
        continue;
      for (int m = minimumAt - minimumReach; m <= minimumAt + minimumReach;
           ++m) {
        if (minimumReach && (m < minima->range.low || m > minima->range.high))
          continue;
        if (scales.coded)
          block.scales.codes[g] = s;
        if (minimumReach)
          block.minima.codes[g] = m;
        double error = measure(groupOf(values, g), block, g);
        if (error < best) {
          best = error;
          scaleBest = s;
          minimumBest = m;
        }
      }
    }
    if (scales.coded)
      block.scales.codes[g] = scaleBest;
    if (minimumReach)
      block.minima.codes[g] = minimumBest;
    block.error += best;
  }
}

/// Floats of coded factors anew, by least squares for all codes.
void GroupQuantizer::refit(llvm::ArrayRef<float> values, Block &block) const {
  llvm::SmallVector<double, 16> up(block.scales.floats.size()), down(up.size());
  llvm::SmallVector<double, 16> upMinima(block.minima.floats.size()),
      downMinima(upMinima.size());
  for (size_t g = 0; g < size_t(layout.groups()); ++g) {
    float scale = scaleOf(block, g), minimum = minimumOf(block, g);
    CodeSums sums =
        sumCodes(groupOf(values, g), scale, minimum, codesOf(block, g));
    if (scales.coded) {
      double code = block.scales.codes[g];
      up[g / scales.perFloat] +=
          code * (double(sums.products) - double(minimum) * sums.codes);
      down[g / scales.perFloat] += code * code * sums.codes2;
    }
    if (minima && minima->coded) {
      double code = block.minima.codes[g];
      upMinima[g / minima->perFloat] +=
          code * (double(sums.values) - double(scale) * sums.codes);
      downMinima[g / minima->perFloat] +=
          code * code * double(layout.groupColumns);
    }
  }
  for (size_t i = 0; i < up.size(); ++i)
    if (scales.coded && down[i] > 0)
      block.scales.floats[i] = roundTo(scales.type, float(up[i] / down[i]));
  for (size_t i = 0; i < upMinima.size(); ++i)
    if (minima->coded && downMinima[i] > 0)
      block.minima.floats[i] =
          roundTo(minima->type, float(upMinima[i] / downMinima[i]));
}

bool GroupQuantizer::quantize(llvm::ArrayRef<float> values,
                              uint8_t *out) const {
  Block best;
  fit(values, best);
  if (!scales.coded && floatBytes(scales.type) == 1)
    chooseFloats(values, best);
  if (scales.coded || (minima && minima->coded)) {
    chooseCodes(values, best);
    for (int i = 0; i < 2 && !table; ++i) {
      Block other = best;
      refit(values, other);
      chooseCodes(values, other);
      if (!(other.error < best.error))
        break;
      best = std::move(other);
    }
  }
  auto finite = [](float value) { return std::isfinite(value); };
  if (!llvm::all_of(best.scales.floats, finite) ||
      !llvm::all_of(best.minima.floats, finite))
    return false;
  write(values, best, out);
  return true;
}

void GroupQuantizer::write(llvm::ArrayRef<float> values, const Block &block,
                           uint8_t *out) const {
  for (size_t g = 0; g < size_t(layout.groups()); ++g) {
    llvm::ArrayRef<float> group = groupOf(values, g);
    uint8_t *to = out + g * layout.groupColumns;
    if (table)
      table->writeCodes(group, scaleOf(block, g), to);
    else
      writeCodes(group, scaleOf(block, g), minimumOf(block, g),
                 codesOf(block, g), to);
    if (layout.zerosOffset)
      out[*layout.zerosOffset + g] = uint8_t(block.zeros[g]);
  }
  auto writeFactors = [&](const Factors &factors, const FactorValues &from) {
    for (auto [g, code] : llvm::enumerate(from.codes))
      out[factors.codesOffset + g] = uint8_t(code - factors.range.low);
    int64_t width = floatBytes(factors.type);
    for (auto [i, value] : llvm::enumerate(from.floats)) {
      uint64_t bits =
          narrow(factors.type, value).bitcastToAPInt().getZExtValue();
      std::memcpy(out + factors.floatsOffset + i * width, &bits, width);
    }
  };
  writeFactors(scales, block.scales);
  if (minima)
    writeFactors(*minima, block.minima);
}

void GroupQuantizer::decode(const uint8_t *block, float *values) const {
  auto factor = [&](const Factors &factors, size_t g) {
    float number = compression::widen(
        factors.type, block + factors.floatsOffset +
                          g / factors.perFloat * floatBytes(factors.type));
    return factors.coded
               ? float(block[factors.codesOffset + g] + factors.range.low) *
                     number
               : number;
  };
  const uint8_t *code = block;
  for (size_t g = 0; g < size_t(layout.groups()); ++g) {
    float scale = factor(scales, g), minimum = minima ? factor(*minima, g) : 0;
    int bias = codes.low;
    if (layout.zerosOffset)
      bias -= block[*layout.zerosOffset + g];
    for (int64_t i = 0; i < layout.groupColumns; ++i, ++code) {
      float value =
          scale * (table ? tableValues->at(*code) : float(*code + bias));
      *values++ = minima ? value + minimum : value;
    }
  }
}

} // namespace swage::compress
