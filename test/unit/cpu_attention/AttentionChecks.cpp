//===- AttentionChecks.cpp - Cache and outputs against plain loops --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu_attention/AttentionCase.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace swage::cpu::test {

void AttentionCase::checkCache(const Outcome &outcome) const {
  std::vector<bool> owned(numPages);
  Buffer one(spec.cache.element, 1);
  for (size_t s = 0; s < sequences.size(); ++s) {
    for (int64_t p = 0; p < pagesOf(s); ++p)
      owned[page(s, p)] = true;
    for (int64_t slot = 0; slot < pagesOf(s) * kPagePositions; ++slot)
      for (int64_t h = 0; h < spec.numKvHeads; ++h) {
        bool filled = slot < sequences[s].slots;
        std::vector<double> wanted(spec.headDim);
        if (filled)
          wanted = transformed(s, slot, keyColumn + h * spec.headDim);
        CodedHead key = keyOf(outcome, s, slot, h);
        // Rotation itself rounds a few times in f32.
        for (int64_t d = 0; d < spec.headDim; ++d)
          ASSERT_NEAR(key.elements[d], wanted[d],
                      filled ? 1.001 * key.errors[d] + 1e-6 : 0)
              << "key of sequence " << s << " slot " << slot << " dim " << d;
        CodedHead found = valueOf(outcome, s, slot, h);
        for (int64_t d = 0; d < spec.headDim; ++d) {
          int64_t column = valueColumn + h * spec.headDim + d;
          double value = filled ? input(s, slot, column) : 0;
          double error = 0;
          if (coded && filled) {
            error = 1.001 * found.errors[d] + 1e-6 * std::abs(value);
          } else if (!coded) { // f16 has no greater numbers.
            one.set(0, spec.cache.element == Element::F16
                           ? std::clamp(value, -65504.0, 65504.0)
                           : value);
            value = one.get(0);
          }
          ASSERT_NEAR(found.elements[d], value, error)
              << "value of sequence " << s << " slot " << slot << " dim " << d;
        }
        for (int64_t d = spec.headDim; !coded && d < valueRow; ++d)
          ASSERT_EQ(outcome.values.get(valueAt(s, slot, h, d)), 0)
              << "behind the value of sequence " << s << " slot " << slot;
      }
  }
  for (int64_t p = 0; p < numPages; ++p)
    for (const Buffer *pages : {&outcome.keys, &outcome.values})
      for (int64_t i = 0, n = pages->size / numPages; !owned[p] && i < n; ++i)
        ASSERT_TRUE(std::isnan(pages->get(p * n + i)))
            << "page " << p << " is nobody's and was written";
}

void AttentionCase::checkOutputs(const Outcome &outcome) const {
  int64_t group = spec.numHeads / spec.numKvHeads;
  double rounding = Buffer::epsilon(spec.output) / 2;
  double factorRounding =
      roundsFactors ? Buffer::epsilon(Element::BF16) / 2 : 0;
  // The transform of queries rounds, too.
  double scoreRounding = coded && coded->rotation > 1 ? 4e-6 : 2e-6;
  auto asMultiplied = [&](CodedHead head) {
    if (coded && roundsFactors)
      for (float &x : head.elements) {
        Buffer one(Element::BF16, 1);
        one.set(0, x);
        x = one.get(0);
      }
    return std::move(head.elements);
  };
  for (size_t s = 0; s < sequences.size(); ++s) {
    // [slot][head]
    std::vector<std::vector<float>> keys, values;
    for (int64_t slot = 0; slot < sequences[s].slots; ++slot)
      for (int64_t h = 0; h < spec.numKvHeads; ++h) {
        keys.push_back(asMultiplied(keyOf(outcome, s, slot, h)));
        values.push_back(asMultiplied(valueOf(outcome, s, slot, h)));
      }
    for (int64_t slot = 0; slot < sequences[s].slots; ++slot) {
      for (int64_t h = 0; h < spec.numHeads; ++h) {
        std::vector<double> query = transformed(s, slot, h * spec.headDim);
        auto [first, end] = seenFrom(s, slot);
        std::vector<double> p(end - first);
        double scoreError = 0;
        for (int64_t i = first; i < end; ++i) {
          double &score = p[i - first], error = 0;
          for (int64_t d = 0; d < spec.headDim; ++d) {
            double product = query[d] * spec.scale *
                             keys[i * spec.numKvHeads + h / group][d];
            score += product;
            error += std::abs(product) * factorRounding;
          }
          scoreError = std::max(scoreError, error);
          if (spec.softCap)
            score = *spec.softCap * std::tanh(score / *spec.softCap);
        }
        double greatest = *std::max_element(p.begin(), p.end()), sum = 0;
        for (double &x : p)
          sum += x = std::exp(x - greatest);
        for (int64_t d = 0; d < spec.headDim; ++d) {
          double want = 0, magnitude = 0;
          for (int64_t i = first; i < end; ++i) {
            double v = values[i * spec.numKvHeads + h / group][d];
            want += p[i - first] / sum * v;
            magnitude += p[i - first] / sum * std::abs(v);
          }
          int64_t at = slot * outRow + h * spec.headDim + d;
          ASSERT_NEAR(
              outcome.outputs[s].get(at), want,
              (scoreRounding * sharpness + 2 * scoreError + factorRounding) *
                      magnitude +
                  rounding * std::abs(want))
              << "sequence " << s << " slot " << slot << " head " << h
              << " dim " << d;
        }
      }
      for (int64_t c = spec.numHeads * spec.headDim; c < outRow; ++c)
        ASSERT_TRUE(std::isnan(outcome.outputs[s].get(slot * outRow + c)))
            << "column " << c << " is behind the row and was written";
    }
  }
}

void AttentionCase::expectSame(const Outcome &a, const Outcome &b,
                               const std::string &what) const {
  EXPECT_EQ(std::memcmp(a.keys.data(), b.keys.data(), a.keys.bytes()), 0)
      << what << ": the keys differ";
  EXPECT_EQ(std::memcmp(a.values.data(), b.values.data(), a.values.bytes()), 0)
      << what << ": the values differ";
  int64_t rowBytes = outRow * elementBytes(spec.output);
  for (size_t s = 0; s < sequences.size(); ++s)
    for (int64_t slot = 0; slot < sequences[s].slots; ++slot)
      ASSERT_EQ(std::memcmp(
                    static_cast<char *>(a.outputs[s].data()) + slot * rowBytes,
                    static_cast<char *>(b.outputs[s].data()) + slot * rowBytes,
                    rowBytes),
                0)
          << what << ": sequence " << s << " slot " << slot << " differs";
}

} // namespace swage::cpu::test
