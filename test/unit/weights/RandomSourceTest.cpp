//===- RandomSourceTest.cpp - Random weights are the same however read ---===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/RandomSource.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace swage::weights;

namespace {

std::vector<uint8_t> read(const TensorSource &source, llvm::StringRef name,
                          int64_t first, int64_t count) {
  llvm::SmallVector<uint8_t> scratch;
  const TensorInfo &info = *source.find(name);
  const uint8_t *bytes = source.read(info, first, count, scratch);
  return {bytes, bytes + count * getBytes(info.dtype)};
}

TEST(RandomSource, DoesNotDependOnTheOrderOfReading) {
  RandomSource source(1);
  source.declare("w", Dtype::BF16, {37, 113});
  int64_t n = 37 * 113;
  std::vector<uint8_t> whole = read(source, "w", 0, n);
  for (int64_t step : {1, 7, 1000, 1024, 1025}) {
    std::vector<uint8_t> pieces(whole.size());
    for (int64_t first = (n - 1) / step * step; first >= 0; first -= step) {
      auto piece = read(source, "w", first, std::min(step, n - first));
      std::memcpy(pieces.data() + first * 2, piece.data(), piece.size());
    }
    EXPECT_EQ(pieces, whole) << step;
  }
}

TEST(RandomSource, DependsOnSeedAndName) {
  RandomSource one(1), two(2);
  for (RandomSource *source : {&one, &two})
    for (const char *name : {"a", "b"})
      source->declare(name, Dtype::F32, {100});
  EXPECT_NE(read(one, "a", 0, 100), read(one, "b", 0, 100));
  EXPECT_NE(read(one, "a", 0, 100), read(two, "a", 0, 100));
  RandomSource again(1);
  again.declare("b", Dtype::F32, {100});
  EXPECT_EQ(read(one, "b", 0, 100), read(again, "b", 0, 100));
}

/// Values that an artifact of an earlier build holds.
TEST(RandomSource, KeepsItsValues) {
  RandomSource source(1);
  source.declare("w", Dtype::F32, {4096});
  double sum = 0;
  std::vector<uint8_t> bytes = read(source, "w", 0, 4096);
  for (int64_t i = 0; i < 4096; ++i)
    sum += (i % 7 + 1) * double(widen(Dtype::F32, &bytes[i * 4]));
  EXPECT_NEAR(sum, -9.8424564998858841, 1e-6);
}

TEST(RandomSource, HasTheStatedDistribution) {
  for (Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16}) {
    RandomSource source(5);
    constexpr int64_t kCount = 1 << 18;
    source.declare("w", dtype, {512, 512});
    source.declare("model.norm.weight", dtype, {kCount});
    for (auto [name, mean] :
         {std::pair("w", 0.0), {"model.norm.weight", 1.0}}) {
      std::vector<uint8_t> bytes = read(source, name, 0, kCount);
      double sum = 0, squares = 0, most = 0, lag = 0, previous = 0;
      for (int64_t i = 0; i < kCount; ++i) {
        double x = widen(dtype, &bytes[i * getBytes(dtype)]) - mean;
        sum += x;
        squares += x * x;
        lag += x * previous;
        previous = x;
        most = std::max(most, std::fabs(x));
      }
      EXPECT_NEAR(sum / kCount, 0, 2e-4);
      EXPECT_NEAR(std::sqrt(squares / kCount), 0.02, 2e-4);
      EXPECT_NEAR(lag / squares, 0, 0.01);
      EXPECT_LE(most, 0.075);
    }
  }
}

TEST(Dtype, WidensAndNarrowsEveryHalf) {
  for (Dtype dtype : {Dtype::F16, Dtype::BF16})
    for (uint32_t bits = 0; bits < 65536; ++bits) {
      uint8_t element[2] = {uint8_t(bits), uint8_t(bits >> 8)}, back[2];
      float value = widen(dtype, element);
      if (std::isnan(value))
        continue;
      narrow(dtype, value, back);
      ASSERT_EQ(memcmp(element, back, 2), 0) << bits;
    }
  const uint8_t half[] = {0x55, 0x35};
  EXPECT_EQ(widen(Dtype::F16, half), 0.333251953125f);
  const uint8_t least[] = {0x01, 0x80};
  EXPECT_EQ(widen(Dtype::F16, least), -0x1p-24f);
}

TEST(Dtype, HasNames) {
  for (auto [name, bytes] : {std::pair("F32", 4),
                             {"BF16", 2},
                             {"F64", 8},
                             {"BOOL", 1},
                             {"I64", 8},
                             {"F8_E4M3", 1}}) {
    auto dtype = parseDtype(name);
    ASSERT_TRUE(dtype);
    EXPECT_EQ(getName(*dtype), name);
    EXPECT_EQ(getBytes(*dtype), bytes);
  }
  EXPECT_FALSE(parseDtype("f32"));
}

} // namespace
