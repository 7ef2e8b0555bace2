//===- dispatch_bench.cpp - What a dispatch and a barrier cost ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dispatch_bench [THREADS]: nanoseconds of an empty dispatch with its barrier,
// inside one call, and of a call by itself, for 1 to THREADS threads.
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Driver.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace swage::runtime;

static void emptyKernel(const swage_cpu_dispatch_t *, uint64_t, uint64_t) {}

/// Median time of a call of `pairs` dispatches and barriers.
static double nanosecondsOfCall(Driver &driver, size_t pairs) {
  std::vector<Step> steps(2 * pairs);
  for (size_t i = 0; i < pairs; ++i) {
    steps[2 * i].kernel = reinterpret_cast<const void *>(&emptyKernel);
    steps[2 * i].grid = 1024;
  }
  std::vector<double> times;
  for (int i = 0; i < 300; ++i) {
    auto start = std::chrono::steady_clock::now();
    driver.run(steps.data(), steps.size(), Interrupt());
    std::chrono::duration<double, std::nano> time =
        std::chrono::steady_clock::now() - start;
    times.push_back(time.count());
  }
  std::nth_element(times.begin(), times.begin() + 150, times.end());
  return times[150];
}

int main(int argc, char **argv) {
  uint32_t most = argc > 1 ? uint32_t(atoi(argv[1])) : 2;
  Host host(defaultAllocator(), {}, 0);
  for (uint32_t threads = 1; threads <= most; ++threads) {
    Driver *driver;
    swage_status_t status;
    if (createCpuDriver(host, threads, &driver, &status)) {
      fprintf(stderr, "%s\n", status.message);
      return 1;
    }
    double few = nanosecondsOfCall(*driver, 1);
    double many = nanosecondsOfCall(*driver, 1001);
    printf("%u threads: %.0f ns a call, %.0f ns a dispatch and barrier\n",
           threads, few, (many - few) / 1000);
    driver->destroy();
  }
  return 0;
}
