//===- window_bench.cpp - A window at a long context ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread, attention of the Mistral shape over an f16 cache. With a window
// of 4k, rows at 32k must cost what rows at 4k cost: 512 rows of prefill and
// one row of decoding, the latter over enough caches that none stays in a cache
// of the processor.
//
// usage: window_bench [repetitions] [target]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Attention.h"
#include "test/bench/CostBench.h"
#include "test/unit/cpu/KernelRunner.h"
#include <cmath>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr int64_t kHeads = 32, kKvHeads = 8, kHeadDim = 128, kRows = 512;
constexpr int64_t kWindow = 4096, kContext = 32768, kLayers = 16;
constexpr int64_t kPages = kContext / kPagePositions + 8;
constexpr Element kCache = Element::F16;
constexpr size_t kPageBytes = kKvHeads * kHeadDim * kPagePositions * 2;

AttentionSpec specOf(RowVariant variant, bool windowed) {
  AttentionSpec spec;
  spec.variant = variant;
  spec.numHeads = kHeads, spec.numKvHeads = kKvHeads, spec.headDim = kHeadDim;
  int64_t q = kHeads * kHeadDim, kv = kKvHeads * kHeadDim;
  spec.queries = {0, 0, q + 2 * kv};
  spec.keys = {0, q, q + 2 * kv};
  spec.values = {0, q + kv, q + 2 * kv};
  spec.scale = 1 / std::sqrt(double(kHeadDim));
  spec.cache = kCache, spec.output = Element::F32;
  if (windowed)
    spec.window = kWindow;
  return spec;
}

struct Bench {
  explicit Bench(const Capabilities &target)
      : runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          auto build = [&](const char *name, RowVariant variant,
                           bool windowed) {
            buildAttention(b, loc, name, specOf(variant, windowed), target);
          };
          build("one", RowVariant::One, false);
          build("many", RowVariant::Many, false);
          build("one_window", RowVariant::One, true);
          build("many_window", RowVariant::Many, true);
        }) {
    int64_t columns = (kHeads + 2 * kKvHeads) * kHeadDim;
    size_t bytes = kRows * paddedRowLength(columns, Element::F32) * 4;
    qkv = reserve(bytes), out = reserve(bytes);
    auto *x = reinterpret_cast<float *>(qkv);
    for (size_t i = 0; i < bytes / 4; ++i)
      x[i] = float(int(i * 2654435761u >> 16 & 255) - 128) / 64;
    size_t layer = kPages * kPageBytes;
    keys = reserve(kLayers * layer), values = reserve(kLayers * layer);
    // What is read has memory of its own.
    for (int64_t l = 0; l < kLayers; ++l)
      for (int64_t end : {2 * kWindow, kContext + kPagePositions}) {
        size_t at =
            l * layer + (end - 2 * kWindow) / kPagePositions * kPageBytes;
        std::memset(keys + at, 0, 2 * kWindow / kPagePositions * kPageBytes);
        std::memset(values + at, 0, 2 * kWindow / kPagePositions * kPageBytes);
      }
  }

  void run(const char *kernel, int64_t layer, int64_t rows, int64_t past) {
    std::vector<int32_t> batch{0, int32_t(rows), int32_t(past)};
    for (int64_t i = 0; i < rows; ++i)
      batch.push_back(int32_t(past + i));
    for (int64_t i = 0; i < kPages; ++i)
      batch.push_back(int32_t(i));
    size_t at = layer * kPages * kPageBytes;
    runner.run(kernel, {qkv, keys + at, values + at, batch.data(), out},
               {rows, 1, kPages}, 0, kKvHeads);
  }

  void decode(const char *kernel, int64_t past) {
    for (int64_t layer = 0; layer < kLayers; ++layer)
      run(kernel, layer, 1, past);
  }

  KernelRunner runner;
  char *qkv, *out, *keys, *values;
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
  Bench bench(*target);
  // The same rows see 4096 positions each; without a window 4096 on average.
  compare(
      "prefill of 512 at 32k, window 4k, against 4k with it", repetitions,
      [&] { bench.run("many_window", 0, kRows, kContext - kRows); },
      [&] { bench.run("many_window", 0, kRows, kWindow); });
  compare(
      "prefill of 512 at 32k, window 4k, against 4k without", repetitions,
      [&] { bench.run("many_window", 0, kRows, kContext - kRows); },
      [&] { bench.run("many", 0, kRows, kWindow - kRows / 2); });
  compare(
      "decode at 32k, window 4k, against 4k without", repetitions,
      [&] { bench.decode("one_window", kContext - 1); },
      [&] { bench.decode("one", kWindow - 1); });
  return 0;
}
