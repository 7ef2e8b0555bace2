//===- GgufRope.cpp - Rotary parameters of a GGUF file -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufRope.h"
#include "compiler/weights/PortableMath.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numbers>

using nlohmann::json;

namespace swage::import {

/// Relative distance of stored factors, which are 32-bit floats, from those
/// that are computed.
static constexpr double kTolerance = 4e-6;

static double computeFactor(const Llama3Scaling &scaling, double wavelength) {
  double turns = double(scaling.originalMaxPositions) / wavelength;
  if (turns > scaling.highFreqFactor)
    return 1.0;
  if (turns < scaling.lowFreqFactor)
    return scaling.factor;
  double smooth = (turns - scaling.lowFreqFactor) /
                  (scaling.highFreqFactor - scaling.lowFreqFactor);
  return 1.0 / ((1.0 - smooth) / scaling.factor + smooth);
}

std::optional<Llama3Scaling> findLlama3Scaling(llvm::ArrayRef<float> factors,
                                               double theta) {
  size_t count = factors.size();
  auto wavelength = [&](size_t i) {
    return 2.0 * std::numbers::pi * std::pow(theta, double(i) / double(count));
  };
  if (count == 0 || !(factors.back() > 1.0f))
    return std::nullopt;
  double factor = factors.back();
  // Factors between the two ends: 1/f = (1-s)/factor + s, and s is a straight
  // line over the frequency.
  std::vector<std::pair<double, double>> line;
  for (size_t i = 0; i < count; ++i)
    if (factors[i] > 1.0f && factors[i] < factors.back())
      line.push_back({1.0 / wavelength(i), (1.0 / factors[i] - 1.0 / factor) /
                                               (1.0 - 1.0 / factor)});
  auto check = [&](const Llama3Scaling &scaling) {
    for (size_t i = 0; i < count; ++i)
      if (!(std::abs(computeFactor(scaling, wavelength(i)) - factors[i]) <=
            kTolerance * factors[i]))
        return false;
    return true;
  };
  if (line.empty())
    return std::nullopt;
  // All known models have 4; otherwise two points tell.
  std::vector<double> highs = {4.0};
  if (line.size() > 1) {
    auto [x0, s0] = line.front();
    auto [x1, s1] = line.back();
    double slope = (s0 - s1) / (x0 - x1);
    // s = (original * x - 1) / (high - 1) is zero at x = 1 / original.
    double zero = x0 - s0 / slope;
    highs.push_back(std::round((1.0 / zero / slope + 1.0) * 1e3) / 1e3);
  }
  for (double high : highs) {
    auto [x, s] = line.front();
    double original = std::round((s * (high - 1.0) + 1.0) / x);
    if (!(high > 1.0) || !(original >= 1.0 && original <= INT32_MAX))
      continue;
    Llama3Scaling scaling = {factor, 1.0, high, int64_t(original)};
    if (check(scaling))
      return scaling;
  }
  return std::nullopt;
}

/// The values of a tensor of 32-bit floats; none if there is no such tensor.
static std::optional<std::vector<float>>
readFactors(const GgufFile &file, llvm::StringRef name, Problems &problems) {
  const GgufTensor *tensor = file.findTensor(name);
  if (!tensor)
    return std::nullopt;
  if (tensor->getDtype() != weights::Dtype::F32 || tensor->shape.size() != 1) {
    problems.error(file.getPath() + ": tensor '" + name + "': found " +
                   llvm::Twine(tensor->shape.size()) + " dimensions of " +
                   tensor->getTypeName() + ", expected one of F32");
    return std::nullopt;
  }
  std::vector<float> values(tensor->shape[0]);
  std::memcpy(values.data(), file.getData(*tensor),
              values.size() * sizeof(float));
  return values;
}

/// As decimals that read back as these floats.
static json asDecimals(llvm::ArrayRef<float> values) {
  json list = json::array();
  for (float value : values) {
    char text[32];
    double decimal = value;
    auto end = std::to_chars(text, std::end(text), value).ptr;
    std::from_chars(text, end, decimal);
    list.push_back(decimal);
  }
  return list;
}

json readGgufRope(const GgufFile &file, GgufKeys &keys, Problems &problems) {
  double theta = keys.number("rope.freq_base").value_or(10000.0);
  json rope = {{"rope_type", "default"}, {"rope_theta", theta}};
  std::string type = keys.string("rope.scaling.type").value_or("none");
  auto shortFactors = readFactors(file, "rope_factors_short.weight", problems);
  auto longFactors = readFactors(file, "rope_factors_long.weight", problems);
  if (type == "linear" || type == "yarn") {
    rope["rope_type"] = type;
    rope["factor"] = keys.number("rope.scaling.factor").value_or(1.0);
  } else if (type == "longrope" || shortFactors || longFactors) {
    rope["rope_type"] = "longrope";
    if (!shortFactors || !longFactors)
      problems.error(file.getPath() +
                     ": tensors 'rope_factors_short.weight' and "
                     "'rope_factors_long.weight': expected both, as "
                     "rope.scaling.type is longrope");
    else {
      rope["short_factor"] = asDecimals(*shortFactors);
      rope["long_factor"] = asDecimals(*longFactors);
    }
    if (auto factor = keys.number("rope.scaling.attn_factor"))
      rope["attention_factor"] = *factor;
  } else if (type != "none") {
    keys.fail("rope.scaling.type", "found " + describeJson(type) +
                                       ", supported are none, linear, yarn "
                                       "and longrope");
  }
  if (type == "yarn") {
    rope["original_max_position_embeddings"] =
        keys.needSize("rope.scaling.original_context_length");
    for (auto [key, name] :
         {std::pair("rope.scaling.yarn_beta_fast", "beta_fast"),
          std::pair("rope.scaling.yarn_beta_slow", "beta_slow")})
      if (auto value = keys.number(key))
        rope[name] = *value;
    // llama.cpp multiplies what the factor itself asks for.
    if (auto value = keys.number("rope.scaling.yarn_attn_factor"))
      rope["attention_factor"] =
          *value *
          (1 + 0.1 * weights::portableLog(rope["factor"].get<double>()));
  }
  if (auto factors = readFactors(file, "rope_freqs.weight", problems)) {
    if (llvm::all_of(*factors, [](float factor) { return factor == 1.0f; }))
      return rope;
    auto scaling = findLlama3Scaling(*factors, theta);
    if (!scaling || type != "none") {
      problems.error(file.getPath() +
                     ": tensor 'rope_freqs.weight': found factors that are "
                     "not those of Llama 3, which alone are supported");
      return rope;
    }
    rope["rope_type"] = "llama3";
    rope["factor"] = scaling->factor;
    rope["low_freq_factor"] = scaling->lowFreqFactor;
    rope["high_freq_factor"] = scaling->highFreqFactor;
    rope["original_max_position_embeddings"] = scaling->originalMaxPositions;
  }
  return rope;
}

} // namespace swage::import
