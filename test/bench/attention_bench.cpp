//===- attention_bench.cpp - Attention against the machine's limits -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread, one layer of the Llama-3.2-1B shape. `prefill` runs 512 rows, and
// 4096 in chunks of 512, and is compared with f32 multiply-adds on registers:
// what counts is the multiply-adds that causal attention needs. `decode` runs
// one row behind 4096 others, over so many layers that none stays in a cache of
// the processor, and is compared with a streaming read of as many bytes. Kernel
// and limit alternate; figures are medians. With a bf16 cache results are bf16,
// so that targets with tile registers use them; with codes in both types.
//
// usage: attention_bench [repetitions] [target] [cache ...]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Attention.h"
#include "test/bench/Measure.h"
#include "test/unit/cpu/KernelRunner.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <time.h>

using namespace swage::bench;
using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr int64_t kHeads = 32, kKvHeads = 8, kHeadDim = 64;
constexpr int64_t kRows = 512, kPast = 4096, kLayers = 64;

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

/// A cache and the results of attention over it.
struct Types {
  const char *name;
  CacheFormat cache;
  Element output;
};

AttentionSpec specOf(RowVariant variant, const Types &types) {
  AttentionSpec spec;
  spec.variant = variant;
  spec.numHeads = kHeads, spec.numKvHeads = kKvHeads, spec.headDim = kHeadDim;
  int64_t q = kHeads * kHeadDim, kv = kKvHeads * kHeadDim;
  spec.queries = {0, 0, q + 2 * kv};
  spec.keys = {0, q, q + 2 * kv};
  spec.values = {0, q + kv, q + 2 * kv};
  spec.scale = 1 / std::sqrt(double(kHeadDim));
  spec.rope = RopeSpec{kHeadDim};
  spec.cache = types.cache;
  spec.output = types.output;
  return spec;
}

/// One sequence: its batch binding and the other buffers.
struct Bench {
  Bench(const Types &types, const Capabilities &target)
      : runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          buildAttention(b, loc, "one", specOf(RowVariant::One, types), target);
          buildAttention(b, loc, "many", specOf(RowVariant::Many, types),
                         target);
        }) {
    AttentionSpec spec = specOf(RowVariant::One, types);
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
    pageBytes =
        kKvHeads *
        (types.cache.codes
             ? CodedPage(*types.cache.codes, kHeadDim).keyBytes
             : kHeadDim * kPagePositions * elementBytes(types.cache.element));
    layerBytes = pages * pageBytes;
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

  /// All of `rows` rows, a chunk of kRows at a time.
  void runAll(int64_t layer, int64_t rows) {
    for (int64_t past = 0; past < rows; past += kRows)
      run("many", layer, kRows, past);
  }

  void prefill(int64_t rows, int repetitions) {
    double needed = rows * (rows + 1) / 2.0 * kHeads * kHeadDim * 2;
    std::vector<double> kernel, limit;
    for (int r = 0; r < repetitions; ++r) {
      kernel.push_back(needed / seconds([&] { runAll(0, rows); }));
      double done = 0;
      double time = seconds([&] { done = multiplyAddPeak(2'000'000); });
      limit.push_back(done / time);
    }
    double k = median(kernel), l = median(limit);
    std::printf("prefill of %ld: %.2f ms a layer, %.1f Gmadd/s; peak %.1f; "
                "fraction %.3f\n",
                long(rows), needed / k * 1e3, k * 1e-9, l * 1e-9, k / l);
  }

  void decode(int repetitions) {
    // Every page gets its contents, and its memory, from a prefill.
    for (int64_t layer = 0; layer < kLayers; ++layer)
      runAll(layer, kPast);
    double bytes = 2.0 * kLayers * kPast / kPagePositions * pageBytes;
    std::vector<double> kernel, limit;
    for (int r = 0; r < repetitions; ++r) {
      kernel.push_back(seconds([&] {
        for (int64_t layer = 0; layer < kLayers; ++layer)
          run("one", layer, 1, kPast);
      }));
      limit.push_back(seconds([&] {
        streamingRead<1, 0>(keys, size_t(bytes / 2));
        streamingRead<1, 0>(values, size_t(bytes / 2));
      }));
    }
    double k = median(kernel), l = median(limit);
    std::printf("decode: %.2f ms a token, %.1f MB, %.2f GB/s; streaming read "
                "%.2f GB/s; time over that of the read %.3f\n",
                k * 1e3, bytes * 1e-6, bytes / k * 1e-9, bytes / l * 1e-9,
                k / l);
  }

  KernelRunner runner;
  int64_t qkvRow, pages, pageBytes;
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
  const CacheFormat int8(CacheCodes::Int8), int4(CacheCodes::Int4),
      fp8(CacheCodes::E4M3);
  const Types all[] = {{"f32", Element::F32, Element::F32},
                       {"f16", Element::F16, Element::F32},
                       {"bf16", Element::BF16, Element::BF16},
                       {"fp8", fp8, Element::F32},
                       {"int8", int8, Element::F32},
                       {"int4", int4, Element::F32},
                       {"fp8-bf16", fp8, Element::BF16},
                       {"int8-bf16", int8, Element::BF16},
                       {"int4-bf16", int4, Element::BF16}};
  for (const Types &types : all) {
    auto isNamed = [&](const char *name) {
      return std::strcmp(name, types.name) == 0;
    };
    if (argc > 3 && std::none_of(argv + 3, argv + argc, isNamed))
      continue;
    std::printf("cache %s\n", types.name);
    Bench bench(types, *target);
    bench.prefill(kRows, repetitions);
    bench.prefill(kPast, repetitions);
    bench.decode(repetitions);
  }
  return 0;
}
