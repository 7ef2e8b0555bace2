//===- moe_bench.cpp - A mixture of experts against a dense network -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread, half of Mixtral's width: 8 experts of 7168, 2 chosen, bf16. The
// mixture (router, route, both grouped linears, combine) is compared with a
// dense gated network of twice the width, which has as many multiply-adds; the
// route alone with the mixture.
//
// usage: moe_bench [repetitions] [target] [rows]
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Kernels.h"
#include "targets/cpu/MoeKernels.h"
#include "test/bench/CostBench.h"
#include "test/unit/cpu/KernelRunner.h"

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr int64_t kHidden = 2048, kInner = 7168, kExperts = 8, kTopK = 2;
constexpr Element kF32 = Element::F32, kBF16 = Element::BF16;

/// A network's rows of one buffer.
char *rowsOf(int64_t rows, int64_t columns, Element element) {
  return reserve((rows + 64) * paddedRowLength(columns, element) *
                 elementBytes(element));
}

/// bf16 weights, small and not all alike.
char *weightsOf(int64_t elements) {
  char *memory = reserve(elements * 2);
  auto *words = reinterpret_cast<uint16_t *>(memory);
  for (int64_t i = 0; i < elements; ++i)
    words[i] = 0x3c00 | (i * 2654435761u >> 16 & 0x80ff);
  return memory;
}

struct Bench {
  Bench(RowVariant variant, int64_t rows, const Capabilities &target)
      : rows(rows), router{variant, kHidden, {kExperts}, kBF16, kBF16, kF32},
        up{variant,        kHidden, {kTopK * kInner, kTopK * kInner},
           kBF16,          kBF16,   kBF16,
           Epilogue::Gated},
        down{variant, kTopK * kInner, {kHidden},         kBF16,
             kBF16,   kF32,           Epilogue::Residual},
        route{kExperts, kTopK, true},
        gates{variant, kHidden, kInner, kExperts, kTopK,
              kBF16,   kBF16,   kBF16,  true,     false},
        downs{variant, kInner, kHidden, kExperts, kTopK,
              kBF16,   kBF16,  kF32,    false,    true},
        runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          buildLinear(b, loc, "router", router, target);
          buildLinear(b, loc, "up", up, target);
          buildLinear(b, loc, "down", down, target);
          buildRoute(b, loc, "route", route, target);
          buildGroupedLinear(b, loc, "gates", gates, target);
          buildGroupedLinear(b, loc, "downs", downs, target);
          buildCombine(b, loc, "combine", {kHidden, kTopK, true}, target);
        }) {
    x = rowsOf(rows, kHidden, kBF16);
    auto *words = reinterpret_cast<uint16_t *>(x);
    for (int64_t i = 0; i < rows * paddedRowLength(kHidden, kBF16); ++i)
      words[i] = 0x3f00 | (i * 40503u >> 7 & 0x80ff);
    logits = rowsOf(rows, kExperts, kF32);
    weights = rowsOf(rows, kTopK, kF32), experts = rowsOf(rows, kTopK, kF32);
    places = reserve(rows * kTopK * 4), groups = reserve(kExperts * 12);
    inner = rowsOf(rows * kTopK, kTopK * kInner, kBF16);
    pairs = rowsOf(rows * kTopK, kHidden, kF32);
    out = rowsOf(rows, kHidden, kF32);
    routerWeights = weightsOf(16 * kHidden);
    denseUp = weightsOf(2 * kTopK * kInner * kHidden);
    denseDown = weightsOf(kTopK * kInner * kHidden);
    expertUp = weightsOf(2 * kExperts * kInner * kHidden);
    expertDown = weightsOf(kExperts * kInner * kHidden);
  }

  void denseUpward() {
    runner.run("up", {x, denseUp, inner}, {rows}, 0, linearGrid(up));
  }
  void denseDownward() {
    runner.run("down", {inner, denseDown, out}, {rows}, 0, linearGrid(down));
  }
  void dense() {
    denseUpward();
    denseDownward();
  }

  void chooseExperts() {
    runner.run("route", {logits, weights, experts, places, groups}, {rows}, 0,
               1);
  }

  void upward() {
    runner.run("gates", {x, expertUp, places, groups, inner}, {rows}, 0,
               groupedLinearGrid(gates));
  }
  void downward() {
    runner.run("downs", {inner, expertDown, places, groups, pairs},
               {rows * kTopK}, 0, groupedLinearGrid(downs));
  }

  void mixture() {
    runner.run("router", {x, routerWeights, logits}, {rows}, 0,
               linearGrid(router));
    chooseExperts();
    upward();
    downward();
    runner.run("combine", {pairs, weights, out}, {rows}, 0, rows);
  }

  int64_t rows;
  LinearSpec router, up, down;
  RouteSpec route;
  GroupedLinearSpec gates, downs;
  KernelRunner runner;
  char *x, *logits, *weights, *experts, *places, *groups, *inner, *pairs, *out;
  char *routerWeights, *denseUp, *denseDown, *expertUp, *expertDown;
};

} // namespace

int main(int argc, char **argv) {
  int repetitions = argc > 1 ? std::atoi(argv[1]) : 5;
  llvm::Expected<Capabilities> target =
      Capabilities::parse(argc > 2 ? argv[2] : "cpu");
  if (!target) {
    std::fprintf(stderr, "%s\n", llvm::toString(target.takeError()).c_str());
    return 2;
  }
  int64_t rows = argc > 3 ? std::atoi(argv[3]) : 512;
  std::printf("target %s, %d rows\n", target->name.c_str(), int(rows));
  Bench bench(rows == 1 ? RowVariant::One : RowVariant::Many, rows, *target);
  bench.mixture();
  compare(
      "mixture against dense", repetitions, [&] { bench.mixture(); },
      [&] { bench.dense(); });
  compare(
      "of it gates and ups", repetitions, [&] { bench.upward(); },
      [&] { bench.denseUpward(); });
  compare(
      "of it downs", repetitions, [&] { bench.downward(); },
      [&] { bench.denseDownward(); });
  compare(
      "route against mixture", repetitions, [&] { bench.chooseExperts(); },
      [&] { bench.mixture(); });
  return 0;
}
