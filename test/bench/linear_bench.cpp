//===- linear_bench.cpp - Linear kernels against the machine's limits -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread, bf16 weights of the Llama-3.2-1B shape. `one` reads all matrices
// of a token in turn and is compared with a streaming read of the same memory;
// `many` multiplies 512 rows and is compared with bf16 dot products, or
// tile products where the target has them, on registers. Kernel and limit alternate; figures are medians.
//
// usage: linear_bench [repetitions] [target]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Kernels.h"
#include "test/unit/cpu/KernelRunner.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <immintrin.h>
#include <sys/mman.h>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()> &work) {
  auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

volatile int64_t sink;

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
__attribute__((target("avx512f,avx512bf16"))) double dotPeak(long iterations) {
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
__attribute__((target("amx-tile,amx-bf16"))) double
matrixPeak(long iterations) {
  struct alignas(64) {
    uint8_t palette = 1, start = 0, reserved[14] = {};
    uint16_t columnBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } shapes;
  _tile_loadconfig(&shapes);
  _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
  _tile_zero(4), _tile_zero(5), _tile_zero(6), _tile_zero(7);
  for (long n = 0; n < iterations; ++n) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return iterations * 4.0 * 16 * 16 * 32 * 2;
}

char *allocate(size_t bytes) {
  constexpr size_t huge = 2 << 20;
  void *p = mmap(nullptr, bytes + huge, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("cannot allocate the weights");
    std::exit(1);
  }
  auto at = (reinterpret_cast<uintptr_t>(p) + huge - 1) & ~(huge - 1);
  madvise(reinterpret_cast<void *>(at), bytes, MADV_HUGEPAGE);
  return reinterpret_cast<char *>(at);
}

/// bf16 of either sign between 2^-7 and 2^-6.
void fillBf16(char *p, size_t bytes) {
  uint64_t s = 88172645463325252u;
  for (size_t i = 0; i + 8 <= bytes; i += 8) {
    s ^= s << 13, s ^= s >> 7, s ^= s << 17;
    uint64_t v = (s & 0x807f807f807f807fu) | 0x3c003c003c003c00u;
    std::memcpy(p + i, &v, 8);
  }
}

struct Matrix {
  const char *name;
  LinearSpec spec;
};

LinearSpec spec(RowVariant variant, int64_t k, llvm::SmallVector<int64_t> parts,
                Epilogue epilogue = Epilogue::None) {
  return {
      variant,       k,
      parts,         Element::BF16,
      Element::BF16, epilogue == Epilogue::Gated ? Element::BF16 : Element::F32,
      epilogue,      false};
}

std::vector<Matrix> matrices(RowVariant v) {
  return {{"qkv", spec(v, 2048, {2048, 512, 512})},
          {"out", spec(v, 2048, {2048}, Epilogue::Residual)},
          {"gate_up", spec(v, 2048, {8192, 8192}, Epilogue::Gated)},
          {"down", spec(v, 8192, {2048}, Epilogue::Residual)},
          {"logits", spec(v, 2048, {128256})}};
}

size_t weightBytes(const LinearSpec &s) {
  return linearTiles(s) * tileBytes(s.weight, s.k);
}

struct Bench {
  int repetitions;
  Capabilities target;
  std::vector<char *> buffers; ///< x, out
  char *weights;

  void benchOne(size_t totalBytes) {
    auto list = matrices(RowVariant::One);
    KernelRunner runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
      for (Matrix &m : list)
        buildLinear(b, loc, m.name, m.spec, target);
    });
    auto token = [&] {
      size_t at = 0;
      auto call = [&](Matrix &m) {
        runner.run(m.name, {buffers[0], weights + at, buffers[1]}, {1}, 0,
                   linearGrid(m.spec));
        at += weightBytes(m.spec);
      };
      for (int layer = 0; layer < 16; ++layer)
        for (int i = 0; i < 4; ++i)
          call(list[i]);
      call(list[4]);
    };
    std::vector<double> kernel, plain, streams;
    for (int r = 0; r < repetitions + 1; ++r) {
      double k = seconds(token);
      double p = seconds([&] { streamingRead<1, 0>(weights, totalBytes); });
      double s = seconds([&] { streamingRead<4, 2048>(weights, totalBytes); });
      if (r > 0)
        kernel.push_back(k), plain.push_back(p), streams.push_back(s);
    }
    double k = median(kernel), p = median(plain), s = median(streams);
    std::printf("one: %.1f MB a token, %.2f GB/s (%.1f tokens/s); read %.2f "
                "GB/s plain, %.2f as 4 streams with prefetch; fraction of the "
                "better %.3f\n",
                totalBytes * 1e-6, totalBytes / k * 1e-9, 1 / k,
                totalBytes / p * 1e-9, totalBytes / s * 1e-9,
                std::min(p, s) / k);
  }

  void benchMany(int64_t rows) {
    auto list = matrices(RowVariant::Many);
    list.pop_back();
    KernelRunner runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
      for (Matrix &m : list)
        buildLinear(b, loc, m.name, m.spec, target);
    });
    for (Matrix &m : list) {
      double operations = 2.0 * rows * m.spec.k * linearTiles(m.spec) * 16;
      std::vector<double> kernel, limit;
      for (int r = 0; r < repetitions; ++r) {
        kernel.push_back(operations / seconds([&] {
                           runner.run(m.name, {buffers[0], weights, buffers[1]},
                                      {rows}, 0, linearGrid(m.spec));
                         }));
        double done = 0;
        double time = seconds([&] {
          done = target.hasMatrixTiles ? matrixPeak(2'000'000)
                                       : dotPeak(2'000'000);
        });
        limit.push_back(done / time);
      }
      double k = median(kernel), l = median(limit);
      std::printf("many: %-8s %5ld rows k %5ld: %.1f GFLOP/s; bf16 peak "
                  "%.1f; fraction %.3f\n",
                  m.name, long(rows), long(m.spec.k), k * 1e-9, l * 1e-9,
                  k / l);
    }
  }
};

} // namespace

int main(int argc, char **argv) {
  Bench bench;
  bench.repetitions = argc > 1 ? std::atoi(argv[1]) : 7;
  llvm::Expected<Capabilities> target =
      Capabilities::parse(argc > 2 ? argv[2] : "cpu");
  if (!target) {
    std::fprintf(stderr, "%s\n", llvm::toString(target.takeError()).c_str());
    return 2;
  }
  bench.target = *target;
  std::printf("target %s\n", target->name.c_str());
  size_t total = 0;
  auto list = matrices(RowVariant::One);
  for (size_t i = 0; i < list.size(); ++i)
    total += weightBytes(list[i].spec) * (i < 4 ? 16 : 1);
  bench.weights = allocate(total);
  fillBf16(bench.weights, total);
  constexpr size_t rowBytes = 512 * 16384 * 4;
  for (int i = 0; i < 2; ++i) {
    bench.buffers.push_back(allocate(rowBytes));
    fillBf16(bench.buffers.back(), rowBytes);
  }
  bench.benchOne(total);
  bench.benchMany(512);
  return 0;
}
