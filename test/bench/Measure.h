//===- Measure.h - What benchmarks measure against ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Limits of this machine as loops that a bench runs between its own: a
// streaming read, and multiply-adds on registers alone. `swage bench` has its
// own, which need no particular processor.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_BENCH_MEASURE_H
#define SWAGE_TEST_BENCH_MEASURE_H

#include "compiler/tools/swage/TileLoop.h"
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <immintrin.h>
#include <sys/mman.h>
#include <vector>

namespace swage::bench {

inline double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

/// Where results go that nobody looks at.
inline volatile int64_t sink;

/// Reads all of the memory as 1 or 4 streams, prefetching `ahead` bytes.
template <int streams, int ahead>
__attribute__((target("avx512f"))) void streamingRead(const char *p, size_t n) {
  __m512i sums[8] = {};
  size_t part = n / streams / 512 * 512;
  for (size_t i = 0; i + 512 / streams <= part; i += 512 / streams)
#pragma clang loop unroll(full)
    for (int k = 0; k < 8; ++k) {
      const char *at = p + k % streams * part + i + k / streams * 64;
      if (ahead)
        _mm_prefetch(at + ahead, _MM_HINT_T0);
      sums[k] = _mm512_add_epi64(sums[k], _mm512_load_si512(at));
    }
  for (int k = 1; k < 8; ++k)
    sums[0] = _mm512_add_epi64(sums[0], sums[k]);
  sink = _mm512_reduce_add_epi64(sums[0]);
}

/// bf16 multiply-adds on registers alone; returns how many operations.
__attribute__((target("avx512f,avx512bf16"))) inline double
dotPeak(long iterations) {
  __m512i x = _mm512_setzero_si512(), y = x;
  __m512 sums[24] = {};
  for (long n = 0; n < iterations; ++n)
#pragma clang loop unroll(full)
    for (int k = 0; k < 24; ++k)
      asm volatile("vdpbf16ps %1,%2,%0" : "+v"(sums[k]) : "v"(x), "v"(y));
  for (int k = 1; k < 24; ++k)
    sums[0] = _mm512_add_ps(sums[0], sums[k]);
  sink = int64_t(_mm512_reduce_add_ps(sums[0]));
  return iterations * 24.0 * 64;
}

/// The same in tile registers.
inline double matrixPeak(long iterations) {
  cli::multiplyTiles(size_t(iterations));
  return double(iterations) * 4 * cli::kTileOperations;
}

/// f32 multiply-adds on registers alone; returns how many.
__attribute__((target("avx512f"))) inline double
multiplyAddPeak(long iterations) {
  __m512 x = _mm512_set1_ps(1e-9f), y = x, sums[24] = {};
  for (long n = 0; n < iterations; ++n)
#pragma clang loop unroll(full)
    for (int k = 0; k < 24; ++k)
      asm volatile("vfmadd231ps %1,%2,%0" : "+v"(sums[k]) : "v"(x), "v"(y));
  for (int k = 1; k < 24; ++k)
    sums[0] = _mm512_add_ps(sums[0], sums[k]);
  sink = int64_t(_mm512_reduce_add_ps(sums[0]));
  return iterations * 24.0 * 16;
}

/// Memory in huge pages, where the system has them.
inline char *allocate(size_t bytes) {
  constexpr size_t huge = 2 << 20;
  void *p = mmap(nullptr, bytes + huge, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("cannot allocate");
    std::exit(1);
  }
  auto at = (reinterpret_cast<uintptr_t>(p) + huge - 1) & ~(huge - 1);
  madvise(reinterpret_cast<void *>(at), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<char *>(at);
}

} // namespace swage::bench

#endif // SWAGE_TEST_BENCH_MEASURE_H
