//===- DriverTest.cpp - The thread pool under the schedule ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Driver.h"
#include "swage/swage.h"
#include <algorithm>
#include <atomic>
#include <cfenv>
#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace swage::runtime;

namespace {

const Host kHost(defaultAllocator(), {}, 0);
const Interrupt kNone;

class ThreadPool : public testing::TestWithParam<uint32_t> {
protected:
  ThreadPool() { createCpuDriver(kHost, GetParam(), &driver, nullptr); }
  ~ThreadPool() override { driver->destroy(); }

  static Step step(swage_cpu_kernel_t kernel, void *binding, uint64_t grid,
                   int64_t scalar = 0) {
    Step result;
    result.kernel = reinterpret_cast<const void *>(kernel);
    result.grid = grid;
    result.bindings[0] = binding;
    result.scalars[0] = scalar;
    return result;
  }

  Driver *driver = nullptr;
};

/// Counts how often each work item is run.
void count(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  auto *counters = static_cast<std::atomic<int> *>(d->bindings[0]);
  for (uint64_t i = begin; i < end; ++i)
    ++counters[i];
}

constexpr int kWidth = 64;

/// next[i] = sum of this[i-1 .. i+1]: wrong unless all of `this` is done.
void spread(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  auto *from = static_cast<uint32_t *>(d->bindings[0]) + d->scalars[0] * kWidth;
  for (uint64_t i = begin; i < end; ++i)
    from[kWidth + i] =
        from[(i + kWidth - 1) % kWidth] + from[i] + from[(i + 1) % kWidth];
}

/// Computes 1/3 in each work item, as the machine rounds there.
void third(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  volatile float one = 1.0f, three = 3.0f;
  for (uint64_t i = begin; i < end; ++i)
    static_cast<float *>(d->bindings[0])[i] = one / three;
}

} // namespace

TEST_P(ThreadPool, RunsEachItemOnce) {
  for (uint64_t grid : {0, 1, 2, 3, 7, 64, 1000}) {
    std::vector<std::atomic<int>> counters(grid + 1);
    Step once = step(count, counters.data(), grid);
    for (int round = 1; round <= 10; ++round) {
      EXPECT_EQ(driver->run(&once, 1, kNone), SWAGE_OK);
      for (uint64_t i = 0; i < grid; ++i)
        EXPECT_EQ(counters[i], round);
    }
    EXPECT_EQ(counters[grid], 0);
  }
}

TEST_P(ThreadPool, BarriersSeparate) {
  constexpr int kRounds = 500;
  std::vector<uint32_t> values((kRounds + 1) * kWidth), expected(kWidth);
  values[0] = expected[0] = 1;
  std::vector<Step> steps;
  for (int i = 0; i < kRounds; ++i) {
    steps.push_back(step(spread, values.data(), kWidth, i));
    steps.push_back({});
    std::vector<uint32_t> next(kWidth);
    for (int j = 0; j < kWidth; ++j)
      next[size_t(j)] = expected[size_t(j + kWidth - 1) % kWidth] +
                        expected[size_t(j)] + expected[size_t(j + 1) % kWidth];
    expected = next;
  }
  EXPECT_EQ(driver->run(steps.data(), steps.size(), kNone), SWAGE_OK);
  EXPECT_TRUE(
      std::equal(expected.begin(), expected.end(), values.end() - kWidth));
}

TEST_P(ThreadPool, CallersRoundingStaysOutside) {
  std::vector<float> thirds(16);
  Step divide = step(third, thirds.data(), thirds.size());
  int before = fegetround();
  fesetround(FE_DOWNWARD);
  EXPECT_EQ(driver->run(&divide, 1, kNone), SWAGE_OK);
  EXPECT_EQ(fegetround(), FE_DOWNWARD);
  fesetround(before);
  // 1/3 to nearest is the float above 1/3.
  EXPECT_EQ(thirds, std::vector<float>(16, 0x1.555556p-2f));
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPool, testing::Values(1, 2, 3, 4));

TEST(Device, DescribesItself) {
  swage_device_options_t options = swage_device_options_default();
  options.threads = 3;
  swage_device_t *device = nullptr;
  ASSERT_EQ(swage_device_create(&options, &device, nullptr), SWAGE_OK);
  EXPECT_STREQ(swage_device_driver(device), "cpu");
  EXPECT_EQ(swage_device_threads(device), 3u);
  EXPECT_NE(swage_device_name(device)[0], 0);
  std::vector<std::string> features;
  while (const char *name = swage_device_feature(device, features.size()))
    features.push_back(name);
#if defined(__x86_64__)
  EXPECT_NE(std::find(features.begin(), features.end(), "sse2"),
            features.end());
#else
  EXPECT_NE(std::find(features.begin(), features.end(), "neon"),
            features.end());
#endif
  swage_device_destroy(device);
  swage_device_destroy(nullptr);
}
