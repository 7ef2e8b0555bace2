//===- attention_bench.cpp - Attention against the machine's limits -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread, one layer of the Llama-3.2-1B shape. `prefill` runs 512 rows and
// is compared with f32 multiply-adds on registers: what counts is the
// multiply-adds that causal attention needs. `decode` runs one row behind 4096
// others, over enough caches that none stays in a cache of the processor, and
// is compared with a streaming read of as many bytes. Kernel and limit
// alternate; figures are medians.
//
// usage: attention_bench [repetitions] [target]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Attention.h"
#include "test/unit/cpu/KernelRunner.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <immintrin.h>
#include <sys/mman.h>
#include <time.h>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr int64_t kHeads = 32, kKvHeads = 8, kHeadDim = 64;
constexpr int64_t kRows = 512, kPast = 4096, kLayers = 16;

/// Seconds of this thread's own processor time, so that other programs do not
/// count.
double seconds(const std::function<void()> &work) {
  auto now = [] {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
  };
  double start = now();
  work();
  return now() - start;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

volatile int64_t sink;

__attribute__((target("avx512f"))) void streamingRead(const char *p, size_t n) {
  __m512i sums[8] = {};
  for (size_t i = 0; i + 512 <= n; i += 512)
    for (int k = 0; k < 8; ++k)
      sums[k] = _mm512_add_epi64(sums[k], _mm512_load_si512(p + i + k * 64));
  for (int k = 1; k < 8; ++k)
    sums[0] = _mm512_add_epi64(sums[0], sums[k]);
  sink = _mm512_reduce_add_epi64(sums[0]);
}

/// f32 multiply-adds on registers alone; returns how many.
__attribute__((target("avx512f"))) double multiplyAddPeak(long iterations) {
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

char *allocate(size_t bytes) {
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

AttentionSpec specOf(RowVariant variant, Element cache) {
  AttentionSpec spec;
  spec.variant = variant;
  spec.numHeads = kHeads, spec.numKvHeads = kKvHeads, spec.headDim = kHeadDim;
  int64_t q = kHeads * kHeadDim, kv = kKvHeads * kHeadDim;
  spec.queries = {0, 0, q + 2 * kv};
  spec.keys = {0, q, q + 2 * kv};
  spec.values = {0, q + kv, q + 2 * kv};
  spec.scale = 1 / std::sqrt(double(kHeadDim));
  spec.rope = RopeSpec{kHeadDim};
  spec.cache = cache, spec.output = Element::F32;
  return spec;
}

/// One sequence: its batch binding and the other buffers.
struct Bench {
  Bench(Element cache, const Capabilities &target)
      : cache(cache),
        runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          buildAttention(b, loc, "one", specOf(RowVariant::One, cache), target);
          buildAttention(b, loc, "many", specOf(RowVariant::Many, cache),
                         target);
        }) {
    AttentionSpec spec = specOf(RowVariant::One, cache);
    qkvRow = paddedRowLength(spec.queries.columns, Element::F32);
    size_t qkvBytes = kRows * qkvRow * 4;
    qkv = allocate(qkvBytes), out = allocate(qkvBytes);
    auto *x = reinterpret_cast<float *>(qkv);
    for (size_t i = 0; i < qkvBytes / 4; ++i)
      x[i] = float(int(i * 2654435761u >> 16 & 255) - 128) / 64;
    size_t phaseCount = (kRopeFinePositions + kPast / 256 + 1) * kHeadDim;
    phases = allocate(phaseCount * 4);
    for (size_t i = 0; i < phaseCount; ++i)
      reinterpret_cast<float *>(phases)[i] = i % 2 ? 0.6f : 0.8f;
    // The page after the past belongs to the row that is decoded.
    pages = kPast / kPagePositions + 1;
    layerBytes =
        pages * kKvHeads * kHeadDim * kPagePositions * elementBytes(cache);
    keys = allocate(layerBytes * kLayers);
    values = allocate(layerBytes * kLayers);
  }

  void run(const char *kernel, int64_t layer, int64_t rows, int64_t past) {
    std::vector<int32_t> batch{0, int32_t(rows), int32_t(past)};
    for (int64_t i = 0; i < rows; ++i)
      batch.push_back(int32_t(past + i));
    for (int64_t i = 0; i < pages; ++i)
      batch.push_back(int32_t(i * 29 % pages));
    runner.run(kernel,
               {qkv, keys + layer * layerBytes, values + layer * layerBytes,
                batch.data(), phases, out},
               {rows, 1, pages}, 0, kKvHeads);
  }

  void prefill(int repetitions) {
    double needed = kRows * (kRows + 1) / 2.0 * kHeads * kHeadDim * 2;
    std::vector<double> kernel, limit;
    for (int r = 0; r < repetitions; ++r) {
      kernel.push_back(needed / seconds([&] { run("many", 0, kRows, 0); }));
      double done = 0;
      double time = seconds([&] { done = multiplyAddPeak(2'000'000); });
      limit.push_back(done / time);
    }
    double k = median(kernel), l = median(limit);
    std::printf("prefill: %.2f ms a layer, %.1f Gmadd/s; peak %.1f; "
                "fraction %.3f\n",
                needed / k * 1e3, k * 1e-9, l * 1e-9, k / l);
  }

  void decode(int repetitions) {
    // Every page gets its contents, and its memory, from a prefill.
    for (int64_t layer = 0; layer < kLayers; ++layer)
      for (int64_t past = 0; past < kPast; past += kRows)
        run("many", layer, kRows, past);
    double bytes = 2.0 * kLayers * kPast / kPagePositions * kKvHeads *
                   kHeadDim * kPagePositions * elementBytes(cache);
    std::vector<double> kernel, limit;
    for (int r = 0; r < repetitions; ++r) {
      kernel.push_back(seconds([&] {
        for (int64_t layer = 0; layer < kLayers; ++layer)
          run("one", layer, 1, kPast);
      }));
      limit.push_back(seconds([&] {
        streamingRead(keys, size_t(bytes / 2));
        streamingRead(values, size_t(bytes / 2));
      }));
    }
    double k = median(kernel), l = median(limit);
    std::printf("decode: %.1f MB a token, %.2f GB/s; streaming read %.2f GB/s; "
                "time over that of the read %.3f\n",
                bytes * 1e-6, bytes / k * 1e-9, bytes / l * 1e-9, k / l);
  }

  Element cache;
  KernelRunner runner;
  int64_t qkvRow, pages;
  size_t layerBytes;
  char *qkv, *out, *phases, *keys, *values;
};

} // namespace

int main(int argc, char **argv) {
  int repetitions = argc > 1 ? std::atoi(argv[1]) : 7;
  llvm::Expected<Capabilities> target =
      Capabilities::parse(argc > 2 ? argv[2] : "cpu");
  if (!target) {
    std::fprintf(stderr, "%s\n", llvm::toString(target.takeError()).c_str());
    return 2;
  }
  std::printf("target %s\n", target->name.c_str());
  const char *names[] = {"f32", "f16", "bf16"};
  for (Element cache : {Element::F32, Element::F16, Element::BF16}) {
    std::printf("cache %s\n", names[int(cache)]);
    Bench bench(cache, *target);
    bench.prefill(repetitions);
    bench.decode(repetitions);
  }
  return 0;
}
