//===- Limits.cpp - What this machine could do at most --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Loops of inline assembly, so that no compiler moves or merges what is
// measured.

#include "compiler/tools/swage/Limits.h"
#include "compiler/tools/swage/Console.h"
#include <algorithm>
#include <atomic>
#include <cstring>
#include <functional>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>
#if defined(__x86_64__)
#include "compiler/tools/swage/TileLoop.h"
#include <cpuid.h>
#endif

using namespace swage;
using namespace swage::cli;

/// Seconds that `threads` threads take for work(0), work(1), ... side by side.
static double timeThreads(uint32_t threads,
                          const std::function<void(uint32_t)> &work) {
  std::vector<std::thread> pool;
  std::atomic<uint32_t> ready = 0;
  std::atomic<bool> go = false;
  for (uint32_t i = 0; i < threads; ++i)
    pool.emplace_back([&, i] {
      ++ready;
      while (!go)
        std::this_thread::yield();
      work(i);
    });
  while (ready < threads)
    std::this_thread::yield();
  Stopwatch watch;
  go = true;
  for (std::thread &thread : pool)
    thread.join();
  return watch.seconds();
}

namespace {

/// A loop over `count` bytes from `data`, a multiple of 4096.
using ReadLoop = void (*)(const char *data, size_t count);
/// `count` times 24 independent instructions on registers.
using MultiplyLoop = void (*)(size_t count);

/// The widest loops that this processor has.
struct Loops {
  std::vector<ReadLoop> reads;
  MultiplyLoop f32 = nullptr, bf16 = nullptr;
  /// Operations of one of the 24 instructions.
  double f32Width = 0, bf16Width = 0;
};

} // namespace

#if defined(__x86_64__)
// clang-format off: it knows no end with these macros.

// 24 accumulators: more than latency times throughput of any processor so far.
#define EACH_ACCUMULATOR(X)                                                    \
  X(0)                                                                         \
  X(1)                                                                         \
  X(2)                                                                         \
  X(3)                                                                         \
  X(4)                                                                         \
  X(5)                                                                         \
  X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18)    \
      X(19) X(20) X(21) X(22) X(23)
#define CLOBBER_ZMM                                                            \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",      \
      "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm16",   \
      "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm30",  \
      "xmm31"

__attribute__((target("avx512f"))) static void multiplyF32Wide(size_t count) {
#define ZERO(i) "vpxord %%zmm" #i ", %%zmm" #i ", %%zmm" #i "\n"
#define STEP(i) "vfmadd231ps %%zmm30, %%zmm31, %%zmm" #i "\n"
  asm volatile(EACH_ACCUMULATOR(ZERO) ZERO(30)
                   ZERO(31) "1:\n" EACH_ACCUMULATOR(STEP) "dec %0\njnz 1b\n"
               : "+r"(count)
               :
               : CLOBBER_ZMM, "cc");
#undef STEP
}

__attribute__((target("avx512f,avx512bf16"))) static void
multiplyBf16Wide(size_t count) {
#define STEP(i) "vdpbf16ps %%zmm30, %%zmm31, %%zmm" #i "\n"
  asm volatile(EACH_ACCUMULATOR(ZERO) ZERO(30)
                   ZERO(31) "1:\n" EACH_ACCUMULATOR(STEP) "dec %0\njnz 1b\n"
               : "+r"(count)
               :
               : CLOBBER_ZMM, "cc");
#undef STEP
#undef ZERO
}

// 12 accumulators of the 16 registers, twice.
__attribute__((target("avx2,fma"))) static void multiplyF32(size_t count) {
#define EACH_OF_12(X)                                                          \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
#define ZERO(i) "vpxor %%ymm" #i ", %%ymm" #i ", %%ymm" #i "\n"
#define STEP(i) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #i "\n"
  asm volatile(EACH_OF_12(ZERO) ZERO(14) ZERO(15) "1:\n" EACH_OF_12(STEP)
                   EACH_OF_12(STEP) "dec %0\njnz 1b\n"
               : "+r"(count)
               :
               : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                 "xmm8", "xmm9", "xmm10", "xmm11", "xmm14", "xmm15", "cc");
#undef STEP
#undef ZERO
#undef EACH_OF_12
}

// clang-format on

/// An instruction on tile registers computes so much that a round of 24 stands
/// for 64 counts.
constexpr size_t kTileCounts = 64;

static void multiplyBf16Tiles(size_t count) {
  multiplyTiles(count / kTileCounts * 24 / 4);
}

static bool hasBf16Tiles() {
  unsigned a, b, c, d;
  constexpr unsigned kAmxBf16 = 1u << 22, kAmxTile = 1u << 24;
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & kAmxBf16) &&
         (d & kAmxTile) &&
         syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

/// Reads `streams` contiguous parts side by side, 64 bytes of each in turn.
template <int streams>
__attribute__((target("avx2"))) static void readStreams(const char *data,
                                                        size_t count) {
  size_t part = count / streams;
  for (size_t i = 0; i < part; i += 128)
    for (int s = 0; s < streams; ++s) {
      const char *p = data + s * part + i;
      asm volatile("vmovdqa (%0), %%ymm0\n"
                   "vmovdqa 32(%0), %%ymm1\n"
                   "vmovdqa 64(%0), %%ymm2\n"
                   "vmovdqa 96(%0), %%ymm3\n"
                   :
                   : "r"(p)
                   : "xmm0", "xmm1", "xmm2", "xmm3", "memory");
    }
}

static Loops findLoops() {
  Loops loops;
  if (__builtin_cpu_supports("avx2")) {
    loops.reads = {readStreams<1>, readStreams<2>, readStreams<4>};
    loops.f32 = multiplyF32;
    loops.f32Width = 16;
  }
  if (__builtin_cpu_supports("avx512f")) {
    loops.f32 = multiplyF32Wide;
    loops.f32Width = 32;
  }
  if (__builtin_cpu_supports("avx512bf16")) {
    loops.bf16 = multiplyBf16Wide;
    loops.bf16Width = 64;
  }
  if (hasBf16Tiles()) {
    loops.bf16 = multiplyBf16Tiles;
    loops.bf16Width = kTileOperations / kTileCounts;
  }
  return loops;
}

#else

static Loops findLoops() { return {}; }

#endif

/// Operations a second, the best of several runs of about 0.1 s.
static double measureMultiply(uint32_t threads, MultiplyLoop loop,
                              double width) {
  if (!loop)
    return 0;
  constexpr size_t kCount = 10'000'000;
  double best = 0;
  for (int run = 0; run < 4; ++run) {
    double seconds = timeThreads(threads, [&](uint32_t) { loop(kCount); });
    best = std::max(best, threads * kCount * 24 * width / seconds);
  }
  return best;
}

static double measureBandwidth(uint32_t threads,
                               const std::vector<ReadLoop> &loops) {
  constexpr size_t kSize = size_t(1) << 30, kHuge = size_t(2) << 20;
  void *memory = mmap(nullptr, kSize + kHuge, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (loops.empty() || memory == MAP_FAILED)
    return 0;
  auto address = (uintptr_t(memory) + kHuge - 1) / kHuge * kHuge;
  char *data = reinterpret_cast<char *>(address);
  madvise(data, kSize, MADV_HUGEPAGE);
  // The threads touch what they will read.
  size_t part = kSize / threads / 4096 * 4096;
  timeThreads(threads, [&](uint32_t i) { memset(data + i * part, 1, part); });
  double best = 0;
  for (int run = 0; run < 4; ++run)
    for (ReadLoop loop : loops) {
      double seconds = timeThreads(
          threads, [&](uint32_t i) { loop(data + i * part, part); });
      best = std::max(best, double(part) * threads / seconds);
    }
  munmap(memory, kSize + kHuge);
  return best;
}

Limits cli::measureLimits(uint32_t threads) {
  Loops loops = findLoops();
  Limits limits;
  limits.readBandwidth = measureBandwidth(threads, loops.reads);
  limits.f32Operations = measureMultiply(threads, loops.f32, loops.f32Width);
  limits.bf16Operations = measureMultiply(threads, loops.bf16, loops.bf16Width);
  return limits;
}

llvm::json::Object cli::toJson(const Limits &limits) {
  return llvm::json::Object{
      {"read_bytes_per_second", limits.readBandwidth},
      {"f32_operations_per_second", limits.f32Operations},
      {"bf16_operations_per_second", limits.bf16Operations}};
}
