//===- SamplerTest.cpp - Choosing the next token --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/text.hpp"
#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <set>

extern "C" int32_t greedy_from_c(const float *logits, size_t count);

namespace {

using Logits = std::vector<float>;
using History = std::vector<int32_t>;

swage_sampler_options_t optionsWith(
    const std::function<void(swage_sampler_options_t &)> &change = nullptr) {
  swage_sampler_options_t options = {};
  options.size = sizeof(options);
  if (change)
    change(options);
  return options;
}

/// What a new sampler draws first, `count` times in a row.
History draw(const swage_sampler_options_t &options, const Logits &logits,
             size_t count, const History &history = {}) {
  auto sampler = swage::Sampler::create(options);
  History ids;
  for (size_t i = 0; i < count; ++i)
    ids.push_back(*sampler->sample(logits.data(), logits.size(), history));
  return ids;
}

std::set<int32_t> drawnSet(const swage_sampler_options_t &options,
                           const Logits &logits, const History &history = {}) {
  History ids = draw(options, logits, 4000, history);
  return {ids.begin(), ids.end()};
}

Logits randomLogits(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 2);
  Logits logits(count);
  for (float &logit : logits)
    logit = normal(random);
  return logits;
}

/// Logits whose softmax is `probabilities`.
Logits logitsOf(std::vector<double> probabilities) {
  Logits logits;
  for (double probability : probabilities)
    logits.push_back(float(std::log(probability)));
  return logits;
}

TEST(Sampler, GreedyTakesTheLargest) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Logits logits = randomLogits(1000, seed);
    int32_t best = int32_t(std::max_element(logits.begin(), logits.end()) -
                           logits.begin());
    EXPECT_EQ(draw(optionsWith(), logits, 1), History{best});
    EXPECT_EQ(greedy_from_c(logits.data(), logits.size()), best);
    auto topOne = optionsWith([&](auto &o) {
      o.temperature = 1.5f;
      o.top_k = 1;
      o.seed = seed;
    });
    EXPECT_EQ(draw(topOne, logits, 3), History(3, best));
  }
}

TEST(Sampler, GreedyTakesTheLowestIdAmongEquals) {
  EXPECT_EQ(draw(optionsWith(), {1, 3, 2, 3, 3}, 1), History{1});
  EXPECT_EQ(draw(optionsWith(), {-INFINITY, -5, -5}, 1), History{1});
}

TEST(Sampler, SameSeedSameTokens) {
  Logits logits = randomLogits(500, 7);
  auto options = [](uint64_t seed) {
    return optionsWith([=](auto &o) {
      o.temperature = 1;
      o.top_p = 0.95f;
      o.seed = seed;
    });
  };
  EXPECT_EQ(draw(options(1), logits, 200), draw(options(1), logits, 200));
  EXPECT_NE(draw(options(1), logits, 200), draw(options(2), logits, 200));
}

/// The generator is part of the promise: xoshiro256** from splitmix64(42), by
/// the authors' reference code, drives a choice among 16 equals.
TEST(Sampler, GeneratorIsTheOneDocumented) {
  uint64_t state[4], seed = 42;
  for (uint64_t &word : state) {
    uint64_t z = (seed += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
  auto rotl = [](uint64_t x, int k) { return (x << k) | (x >> (64 - k)); };
  auto next = [&] {
    const uint64_t result = rotl(state[1] * 5, 7) * 9;
    const uint64_t t = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotl(state[3], 45);
    return result;
  };
  EXPECT_EQ(state[0], 13679457532755275413u);
  History expected;
  for (int i = 0; i < 100; ++i)
    expected.push_back(int32_t(next() >> 60));
  auto options = optionsWith([](auto &o) {
    o.temperature = 1;
    o.seed = 42;
  });
  EXPECT_EQ(draw(options, Logits(16, 0.5f), 100), expected);
}

TEST(Sampler, TopKKeepsTheBestAndTheirEquals) {
  auto topTwo = optionsWith([](auto &o) {
    o.temperature = 5;
    o.top_k = 2;
  });
  EXPECT_EQ(drawnSet(topTwo, {0, 3, 1, 2}), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(drawnSet(topTwo, {2, 3, 1, 2, 0}), (std::set<int32_t>{0, 1, 3}));
  auto more = optionsWith([](auto &o) {
    o.temperature = 5;
    o.top_k = 9;
  });
  EXPECT_EQ(drawnSet(more, {0, 1, 2}), (std::set<int32_t>{0, 1, 2}));
}

TEST(Sampler, TopPKeepsWhatReachesP) {
  Logits logits = logitsOf({0.1, 0.4, 0.2, 0.3});
  auto topP = [&](float p) {
    return drawnSet(optionsWith([=](auto &o) {
                      o.temperature = 1;
                      o.top_p = p;
                    }),
                    logits);
  };
  EXPECT_EQ(topP(0.05f), (std::set<int32_t>{1}));
  EXPECT_EQ(topP(0.39f), (std::set<int32_t>{1}));
  EXPECT_EQ(topP(0.41f), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(topP(0.69f), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(topP(0.71f), (std::set<int32_t>{1, 2, 3}));
  EXPECT_EQ(topP(1), (std::set<int32_t>{0, 1, 2, 3}));
}

TEST(Sampler, MinPIsRelativeToTheBest) {
  Logits logits = logitsOf({0.1, 0.4, 0.2, 0.3});
  auto minP = [&](float p) {
    return drawnSet(optionsWith([=](auto &o) {
                      o.temperature = 1;
                      o.min_p = p;
                    }),
                    logits);
  };
  EXPECT_EQ(minP(0.24f), (std::set<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(minP(0.26f), (std::set<int32_t>{1, 2, 3}));
  EXPECT_EQ(minP(0.7f), (std::set<int32_t>{1, 3}));
  EXPECT_EQ(minP(1), (std::set<int32_t>{1}));
}

TEST(Sampler, TopPCountsOnlyWhatTopKLeft) {
  // Of the two left, the first has 4/7: enough for 0.55, not of all.
  auto both = optionsWith([](auto &o) {
    o.temperature = 1;
    o.top_k = 2;
    o.top_p = 0.55f;
  });
  EXPECT_EQ(drawnSet(both, logitsOf({0.1, 0.4, 0.2, 0.3})),
            (std::set<int32_t>{1}));
}

TEST(Sampler, TemperatureComesBeforeTopP) {
  // At temperature 2, square roots: 0.32, 0.25, 0.22, 0.21 of the sum.
  auto warm = optionsWith([](auto &o) {
    o.temperature = 2;
    o.top_p = 0.5f;
  });
  EXPECT_EQ(drawnSet(warm, logitsOf({0.4, 0.25, 0.19, 0.16})),
            (std::set<int32_t>{0, 1}));
  warm.temperature = 1000;
  EXPECT_EQ(drawnSet(warm, logitsOf({0.6, 0.2, 0.1, 0.1})).size(), 2u);
}

TEST(Sampler, RepetitionPenaltyDividesOrMultiplies) {
  auto penalty = [](float value, uint32_t window = 0) {
    return optionsWith([=](auto &o) {
      o.repetition_penalty = value;
      o.repetition_window = window;
    });
  };
  EXPECT_EQ(draw(penalty(1.5f), {3, 2.5f, 0}, 1, {0}), History{1});
  EXPECT_EQ(draw(penalty(1.5f), {-2, -2.5f, -9}, 1, {0}), History{1});
  EXPECT_EQ(draw(penalty(1.1f), {3, 2.5f, 0}, 1, {0}), History{0});
  // Once, however often the token came: 3 / 1.1 / 1.1 would lose.
  EXPECT_EQ(draw(penalty(1.1f), {3, 2.5f, 0}, 1, {0, 0, 0}), History{0});
  // Below 1 it favours what was there.
  EXPECT_EQ(draw(penalty(0.5f), {3, 2.5f, 0}, 1, {1}), History{1});
  // Token 0 is outside the window.
  EXPECT_EQ(draw(penalty(1.5f, 2), {3, 2.5f, 0}, 1, {0, 2, 2}), History{0});
  EXPECT_EQ(draw(penalty(1.5f, 3), {3, 2.5f, 0}, 1, {0, 2, 2}), History{1});
}

TEST(Sampler, DrawsWithTheProbabilities) {
  std::vector<double> probabilities = {0.05, 0.4, 0.02, 0.3, 0.13, 0.1};
  constexpr size_t kDraws = 60000;
  for (float topP : {0.0f, 0.999f}) {
    auto options = optionsWith([=](auto &o) {
      o.temperature = 1;
      o.top_p = topP;
      o.seed = 11;
    });
    std::vector<double> counts(probabilities.size());
    for (int32_t id : draw(options, logitsOf(probabilities), kDraws))
      ++counts[id];
    double chiSquare = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      double expected = probabilities[i] * kDraws;
      chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    // The 0.1% point at five degrees of freedom.
    EXPECT_LT(chiSquare, 20.5) << topP;
  }
}

TEST(Sampler, MinusInfinityIsNeverDrawn) {
  auto hot = optionsWith([](auto &o) { o.temperature = 100; });
  EXPECT_EQ(drawnSet(hot, {-INFINITY, 1, -INFINITY, 0}),
            (std::set<int32_t>{1, 3}));
  hot.top_k = 3;
  EXPECT_EQ(drawnSet(hot, {-INFINITY, 1, -INFINITY, 0}),
            (std::set<int32_t>{1, 3}));
}

TEST(Sampler, ExtremeTemperatures) {
  auto cold = optionsWith([](auto &o) {
    o.temperature = std::numeric_limits<float>::denorm_min();
  });
  EXPECT_EQ(draw(cold, {1, 3, 2}, 5), History(5, 1));
  auto hot = optionsWith(
      [](auto &o) { o.temperature = std::numeric_limits<float>::max(); });
  EXPECT_EQ(drawnSet(hot, {1, 3, -2}).size(), 3u);
}

std::string refusal(const Logits &logits, const History &history,
                    const swage_sampler_options_t &options = optionsWith()) {
  auto sampler = swage::Sampler::create(options);
  swage_status_t status;
  EXPECT_FALSE(sampler->sample(logits.data(), logits.size(), history, &status));
  EXPECT_EQ(status.code, SWAGE_INVALID_ARGUMENT);
  return status.message;
}

TEST(Sampler, RefusesLogitsThatAreNoNumbers) {
  EXPECT_EQ(refusal({0, NAN}, {}), "logit 1 is not a number");
  EXPECT_EQ(refusal({0, 1, INFINITY}, {}), "logit 2 is infinite");
  EXPECT_EQ(refusal({-INFINITY, -INFINITY}, {}),
            "all 2 logits are minus infinity");
  EXPECT_EQ(refusal({}, {}), "logits is null");
  auto penalty = optionsWith([](auto &o) { o.repetition_penalty = 2; });
  EXPECT_EQ(refusal({0, 1}, {0, 2}, penalty),
            "history token 1 has id 2, outside the 2 logits");
  EXPECT_EQ(refusal({0, 1}, {-1}, penalty),
            "history token 0 has id -1, outside the 2 logits");
}

TEST(Sampler, RefusesCallsThatMakeNoSense) {
  swage_status_t status;
  float logit = 0;
  int32_t id = -7;
  swage_sampler_options_t options = optionsWith();
  swage_sampler_t *sampler = nullptr;
  ASSERT_EQ(swage_sampler_create(&options, nullptr, &sampler, &status),
            SWAGE_OK);
  auto message = [&](swage_sampler_t *self, const float *logits, size_t count,
                     size_t historyCount, int32_t *out) -> std::string {
    EXPECT_EQ(swage_sampler_sample(self, logits, count, nullptr, historyCount,
                                   out, &status),
              SWAGE_INVALID_ARGUMENT);
    return status.message;
  };
  EXPECT_EQ(message(nullptr, &logit, 1, 0, &id), "sampler is null");
  EXPECT_EQ(message(sampler, &logit, 1, 0, nullptr), "out_id is null");
  EXPECT_EQ(message(sampler, &logit, 1, 1, &id), "history is null");
  EXPECT_EQ(message(sampler, &logit, 0, 0, &id),
            "0 logits, want 1 to 2147483647");
  EXPECT_EQ(id, -7);
  swage_sampler_destroy(sampler);
  EXPECT_EQ(swage_sampler_create(nullptr, nullptr, &sampler, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "options is null");
  EXPECT_EQ(swage_sampler_create(&options, nullptr, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "out_sampler is null");
}

TEST(Sampler, TakesOptionsOfOtherVersions) {
  struct {
    swage_sampler_options_t known = optionsWith();
    uint64_t later = 0;
  } options;
  swage_status_t status;
  auto create = [&](size_t size) {
    swage_sampler_t *sampler = nullptr;
    options.known.size = size;
    swage_status_code_t code =
        swage_sampler_create(&options.known, nullptr, &sampler, &status);
    swage_sampler_destroy(sampler);
    return code;
  };
  // An older one ends before what is wrong here.
  options.known.repetition_penalty = -1;
  EXPECT_EQ(create(sizeof(options.known)), SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(create(offsetof(swage_sampler_options_t, repetition_penalty)),
            SWAGE_OK);
  options.known.repetition_penalty = 0;
  EXPECT_EQ(create(sizeof(options)), SWAGE_OK);
  options.later = 1;
  EXPECT_EQ(create(sizeof(options)), SWAGE_UNSUPPORTED);
  EXPECT_STREQ(status.message,
               "have sampler options of size 48 with a value in byte 40, "
               "require zeros from byte 40 on, which this version does not "
               "know; update Swage");
}

TEST(Sampler, RefusesOptionsOutOfRange) {
  auto message = [](auto change) -> std::string {
    swage_sampler_options_t options = optionsWith(change);
    swage_sampler_t *sampler = nullptr;
    swage_status_t status;
    EXPECT_EQ(swage_sampler_create(&options, nullptr, &sampler, &status),
              SWAGE_INVALID_ARGUMENT);
    EXPECT_EQ(sampler, nullptr);
    return status.message;
  };
  EXPECT_EQ(message([](auto &o) { o.size = 4; }),
            "have sampler options of size 4, require the structure's, 40");
  EXPECT_EQ(message([](auto &o) { o.temperature = -1; }),
            "temperature is -1, want 0 (greedy) or more");
  EXPECT_EQ(message([](auto &o) { o.temperature = NAN; }),
            "temperature is nan, want 0 (greedy) or more");
  EXPECT_EQ(message([](auto &o) { o.temperature = INFINITY; }),
            "temperature is inf, want 0 (greedy) or more");
  EXPECT_EQ(message([](auto &o) { o.top_p = 1.5f; }),
            "top_p is 1.5, want above 0 and at most 1");
  EXPECT_EQ(message([](auto &o) { o.top_p = -0.5f; }),
            "top_p is -0.5, want above 0 and at most 1");
  EXPECT_EQ(message([](auto &o) { o.min_p = 2; }), "min_p is 2, want 0 to 1");
  EXPECT_EQ(message([](auto &o) { o.repetition_penalty = -1; }),
            "repetition_penalty is -1, want above 0");
}

} // namespace
