//===- RotaryPhases.cpp - The table of rotary phases ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/RotaryPhases.h"
#include "compiler/weights/PortableMath.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace swage::transformer;

namespace swage::weights {

/// Long waves are stretched by the factor, short ones are left alone, and those
/// between get a mixture that depends on the wavelength.
static double scaleLlama3(double frequency, RopeAttr rope) {
  constexpr double kTwoPi = 6.283185307179586;
  double factor = rope.getFactor().convertToDouble();
  double low = rope.getLowFreqFactor().convertToDouble();
  double high = rope.getHighFreqFactor().convertToDouble();
  // Turns within the original context.
  double turns = rope.getOriginalMaxPositions() * frequency / kTwoPi;
  if (turns < low)
    return frequency / factor;
  if (turns > high)
    return frequency;
  double smooth = (turns - low) / (high - low);
  return (1 - smooth) * frequency / factor + smooth * frequency;
}

std::vector<double> getRotaryFrequencies(RopeAttr rope) {
  std::vector<double> frequencies;
  double theta = rope.getTheta().convertToDouble();
  for (int64_t i = 0; i < rope.getDims() / 2; ++i) {
    double frequency = portablePower(theta, -2.0 * i / rope.getDims());
    switch (rope.getScaling()) {
    case RopeScaling::None:
      break;
    case RopeScaling::Linear:
      frequency /= rope.getFactor().convertToDouble();
      break;
    case RopeScaling::Llama3:
      frequency = scaleLlama3(frequency, rope);
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
      : frequencies(getRotaryFrequencies(rope)), step(step),
        rows(step + llvm::divideCeil(positions, step)) {}

  uint64_t getSize() const override { return rows * getGranule(); }
  uint64_t getGranule() const override {
    return frequencies.size() * 2 * sizeof(float);
  }

  void write(uint64_t begin,
             llvm::MutableArrayRef<uint8_t> out) const override {
    int64_t row = begin / getGranule();
    for (uint8_t *to = out.begin(); to != out.end(); ++row) {
      int64_t position = row < step ? row : (row - step) * step;
      for (double frequency : frequencies) {
        auto [cosine, sine] = portableCosSin(double(position) * frequency);
        float pair[] = {float(cosine), float(sine)};
        std::memcpy(to, pair, sizeof(pair));
        to += sizeof(pair);
      }
    }
  }

private:
  std::vector<double> frequencies;
  int64_t step, rows;
};

} // namespace

std::unique_ptr<Payload> makeRotaryPhases(RopeAttr rope, int64_t positions,
                                          int64_t step) {
  return std::make_unique<RotaryPhases>(rope, positions, step);
}

} // namespace swage::weights
