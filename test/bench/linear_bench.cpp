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
// tile products where the target has them, on registers. Kernel and limit
// alternate; figures are medians.
//
// usage: linear_bench [repetitions] [target]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Kernels.h"
#include "test/bench/Measure.h"
#include "test/unit/cpu/KernelRunner.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>

using namespace swage::bench;
using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()> &work) {
  auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
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
