//===- RotaryPhases.cpp - The table of rotary phases ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/RotaryPhases.h"
#include "compiler/weights/PortableMath.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

using namespace swage::transformer;

namespace swage::weights {

static constexpr double kTwoPi = 6.283185307179586;

/// `low` below `from`, `high` above `to`, and a straight line between them.
static double mix(double low, double high, double at, double from, double to) {
  double part = std::clamp((at - from) / (to - from), 0.0, 1.0);
  return (1 - part) * low + part * high;
}

/// Long waves are stretched by the factor, short ones are left alone, and those
/// between get a mixture that depends on the wavelength.
static double scaleLlama3(double frequency, RopeAttr rope) {
  double turns = rope.getOriginalMaxPositions() * frequency / kTwoPi;
  return mix(frequency / rope.getFactor().convertToDouble(), frequency, turns,
             rope.getLowFreqFactor().convertToDouble(),
             rope.getHighFreqFactor().convertToDouble());
}

namespace {

/// The same with a mixture that depends on the number of the pair.
class Yarn {
public:
  explicit Yarn(RopeAttr rope)
      : rope(rope), factor(rope.getFactor().convertToDouble()),
        first(findPair(rope.getBetaFast().convertToDouble())),
        last(findPair(rope.getBetaSlow().convertToDouble())) {
    if (rope.getTruncate()) {
      first = std::floor(first);
      last = std::ceil(last);
    }
    // As the reference bounds them.
    first = std::max(first, 0.0);
    last = std::min(last, double(rope.getDims() - 1));
    if (first == last)
      last += 0.001;
  }

  double scale(double frequency, int64_t pair) const {
    return mix(frequency, frequency / factor, double(pair), first, last);
  }

private:
  /// The pair, with a fraction, that makes that many turns within the original
  /// context.
  double findPair(double turns) const {
    double wavelength = rope.getOriginalMaxPositions() / (turns * kTwoPi);
    return rope.getDims() * portableLog(wavelength) /
           (2 * portableLog(rope.getTheta().convertToDouble()));
  }

  RopeAttr rope;
  double factor, first, last;
};

} // namespace

/// The base for sequences of `length`.
static double stretchTheta(RopeAttr rope, int64_t length) {
  double theta = rope.getTheta().convertToDouble();
  double original = rope.getOriginalMaxPositions(), dims = rope.getDims();
  double factor = rope.getFactor().convertToDouble();
  if (double(length) <= original)
    return theta;
  double stretch = factor * double(length) / original - (factor - 1);
  return theta * portablePower(stretch, dims / (dims - 2));
}

std::vector<double> getRotaryFrequencies(RopeAttr rope, int64_t lengthClass) {
  // The sequences of a class are rotated as the longest of them.
  int64_t length =
      rope.getLengths().empty() ? 0 : rope.getLengths()[lengthClass];
  bool isLong = length > rope.getOriginalMaxPositions();
  RopeScaling scaling = rope.getScaling();
  double theta = scaling == RopeScaling::Dynamic
                     ? stretchTheta(rope, length)
                     : rope.getTheta().convertToDouble();
  std::optional<Yarn> yarn;
  if (scaling == RopeScaling::Yarn)
    yarn.emplace(rope);
  std::vector<double> frequencies;
  for (int64_t i = 0; i < rope.getDims() / 2; ++i) {
    double frequency = portablePower(theta, -2.0 * i / rope.getDims());
    switch (scaling) {
    case RopeScaling::None:
    case RopeScaling::Dynamic:
      break;
    case RopeScaling::Linear:
      frequency /= rope.getFactor().convertToDouble();
      break;
    case RopeScaling::Llama3:
      frequency = scaleLlama3(frequency, rope);
      break;
    case RopeScaling::Yarn:
      frequency = yarn->scale(frequency, i);
      break;
    case RopeScaling::Longrope:
      frequency /= (isLong ? rope.getLongFactors() : rope.getShortFactors())[i];
      break;
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

namespace {

class RotaryPhases : public Payload {
public:
  RotaryPhases(RopeAttr rope, int64_t positions, int64_t step)
      : step(step), pairs(rope.getDims() / 2),
        attentionFactor(rope.getAttentionFactor().convertToDouble()),
        rowsOfClass(step + llvm::divideCeil(positions, step)) {
    for (int64_t c = 0; c < rope.getNumLengthClasses(); ++c)
      frequencies.push_back(getRotaryFrequencies(rope, c));
  }

  uint64_t getSize() const override {
    return frequencies.size() * rowsOfClass * getGranule();
  }
  uint64_t getGranule() const override { return pairs * 2 * sizeof(float); }

  void write(uint64_t begin,
             llvm::MutableArrayRef<uint8_t> out) const override {
    int64_t first = begin / getGranule();
    for (uint8_t *to = out.begin(); to != out.end(); ++first) {
      int64_t row = first % rowsOfClass;
      bool fine = row < step;
      int64_t position = fine ? row : (row - step) * step;
      // One of the two parts of each phase is scaled.
      double scale = fine ? 1.0 : attentionFactor;
      for (double frequency : frequencies[first / rowsOfClass]) {
        auto [cosine, sine] = portableCosSin(double(position) * frequency);
        float pair[] = {float(scale * cosine), float(scale * sine)};
        std::memcpy(to, pair, sizeof(pair));
        to += sizeof(pair);
      }
    }
  }

private:
  int64_t step, pairs;
  double attentionFactor;
  int64_t rowsOfClass;
  /// Of each class of lengths.
  std::vector<std::vector<double>> frequencies;
};

} // namespace

std::unique_ptr<Payload> makeRotaryPhases(RopeAttr rope, int64_t positions,
                                          int64_t step) {
  return std::make_unique<RotaryPhases>(rope, positions, step);
}

} // namespace swage::weights
