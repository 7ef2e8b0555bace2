//===- CostBench.h - Comparing what two computations cost -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_BENCH_COSTBENCH_H
#define SWAGE_TEST_BENCH_COSTBENCH_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <time.h>
#include <vector>

namespace swage::cpu::test {

/// Seconds of this thread's own processor time, so that other programs count
/// for little.
inline double processorSeconds(llvm::function_ref<void()> work) {
  auto now = [] {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
  };
  double start = now();
  work();
  return now() - start;
}

inline double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

/// Runs both by turns and prints what each takes and the median of the ratios
/// of neighbours.
inline void compare(const char *name, int repetitions,
                    llvm::function_ref<void()> work,
                    llvm::function_ref<void()> measure) {
  std::vector<double> works, measures, ratios;
  for (int r = 0; r < repetitions; ++r) {
    works.push_back(processorSeconds(work));
    measures.push_back(processorSeconds(measure));
    ratios.push_back(works.back() / measures.back());
  }
  std::printf("%s: %.3f ms against %.3f ms, ratio %.3f\n", name,
              median(works) * 1e3, median(measures) * 1e3, median(ratios));
  std::fflush(stdout);
}

/// Zeros that take memory only where they are written.
inline char *reserve(size_t bytes) {
  void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("cannot allocate");
    std::exit(1);
  }
  madvise(p, bytes, MADV_HUGEPAGE);
  return static_cast<char *>(p);
}

} // namespace swage::cpu::test

#endif // SWAGE_TEST_BENCH_COSTBENCH_H
