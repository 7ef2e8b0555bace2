//===- MoeKernelsTest.cpp - Mixtures of experts against plain loops -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/MoeKernels.h"
#include "test/unit/cpu/KernelRunner.h"
#include "test/unit/cpu/Numbers.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

/// What a route kernel writes.
struct Routing {
  Routing(const RouteSpec &spec, int64_t rows)
      : rankStride(paddedRowLength(spec.topK, Element::F32)),
        weights(Element::F32, rows * rankStride), experts(rows * rankStride),
        places(rows * spec.topK), groups(spec.experts * 3) {}

  float weight(int64_t row, int64_t rank) const {
    return float(weights.get(row * rankStride + rank));
  }
  int32_t expert(int64_t row, int64_t rank) const {
    return experts[row * rankStride + rank];
  }

  int64_t rankStride;
  Buffer weights;
  std::vector<int32_t> experts, places, groups;
};

Routing route(const RouteSpec &spec, int64_t rows,
              const std::vector<float> &values) {
  int64_t stride = paddedRowLength(spec.experts, Element::F32);
  Buffer logits(Element::F32, rows * stride);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t e = 0; e < spec.experts; ++e)
      logits.set(r * stride + e, values[r * spec.experts + e]);
  Routing result(spec, rows);
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildRoute(b, loc, "route", spec, host());
  });
  runner.run("route",
             {logits.data(), result.weights.data(), result.experts.data(),
              result.places.data(), result.groups.data()},
             {rows}, 0, 1);
  return result;
}

std::vector<float> randomValues(int64_t count, uint32_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float &value : values)
    value = 3 * random.next();
  return values;
}

/// Checks that places and groups are the stable order of the chosen experts.
void checkOrder(const RouteSpec &spec, int64_t rows, const Routing &routing) {
  std::vector<int32_t> pairs(rows * spec.topK);
  std::iota(pairs.begin(), pairs.end(), 0);
  auto expertOf = [&](int32_t pair) {
    return routing.expert(pair / spec.topK, pair % spec.topK);
  };
  std::stable_sort(pairs.begin(), pairs.end(), [&](int32_t a, int32_t b) {
    return expertOf(a) < expertOf(b);
  });
  EXPECT_EQ(routing.places, pairs);
  std::vector<int32_t> groups;
  for (int32_t p = 0, end = int32_t(pairs.size()); p < end;) {
    int32_t first = p, expert = expertOf(pairs[p]);
    while (p < end && expertOf(pairs[p]) == expert)
      ++p;
    groups.insert(groups.end(), {expert, first, p});
  }
  while (groups.size() < routing.groups.size())
    groups.insert(groups.end(),
                  {0, int32_t(pairs.size()), int32_t(pairs.size())});
  EXPECT_EQ(routing.groups, groups);
}

void checkRoute(const RouteSpec &spec, int64_t rows) {
  SCOPED_TRACE(testing::Message() << rows << " rows, " << spec.topK << " of "
                                  << spec.experts << " experts");
  std::vector<float> logits = randomValues(rows * spec.experts, 5);
  Routing routing = route(spec, rows, logits);
  for (int64_t r = 0; r < rows; ++r) {
    const float *row = &logits[r * spec.experts];
    std::vector<int32_t> order(spec.experts);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int32_t a, int32_t b) { return row[a] > row[b]; });
    double all = 0, chosen = 0;
    for (int64_t e = 0; e < spec.experts; ++e) {
      all += std::exp(double(row[order[e]]));
      if (e + 1 == spec.topK)
        chosen = all;
    }
    for (int64_t rank = 0; rank < spec.topK; ++rank) {
      ASSERT_EQ(routing.expert(r, rank), order[rank]) << "row " << r;
      double want =
          std::exp(double(row[order[rank]])) / (spec.normalize ? chosen : all);
      ASSERT_NEAR(routing.weight(r, rank), want, want * 2e-6) << "row " << r;
    }
  }
  checkOrder(spec, rows, routing);
}

TEST(Route, ChoosesAndSorts) {
  for (bool normalize : {false, true}) {
    checkRoute({1, 1, normalize}, 3);
    checkRoute({4, 2, normalize}, 1);
    checkRoute({16, 16, normalize}, 7);
    checkRoute({37, 5, normalize}, 40);
    checkRoute({128, 8, normalize}, 40);
  }
}

TEST(Route, NoRowsHaveNoGroups) {
  RouteSpec spec = {4, 2, true};
  Routing routing = route(spec, 0, {});
  EXPECT_EQ(routing.groups, std::vector<int32_t>(12, 0));
}

TEST(Route, OfEquallyProbableExpertsTheLowerNumbersAreChosen) {
  RouteSpec spec = {19, 4, true};
  Routing routing = route(spec, 2, std::vector<float>(2 * 19, 1.5f));
  for (int64_t r = 0; r < 2; ++r)
    for (int64_t rank = 0; rank < 4; ++rank) {
      EXPECT_EQ(routing.expert(r, rank), rank);
      EXPECT_FLOAT_EQ(routing.weight(r, rank), 0.25f);
    }
}

TEST(Route, LargeLogitsDoNotOverflow) {
  RouteSpec spec = {3, 2, true};
  Routing routing = route(spec, 1, {200.f, -300.f, 199.f});
  EXPECT_EQ(routing.expert(0, 0), 0);
  EXPECT_EQ(routing.expert(0, 1), 2);
  EXPECT_NEAR(routing.weight(0, 0), 1 / (1 + std::exp(-1.0)), 1e-6);
}

TEST(Route, NotANumberReachesTheWeightsOfDistinctExperts) {
  RouteSpec spec = {6, 3, true};
  std::vector<float> logits(12, 0.5f);
  logits[2] = std::numeric_limits<float>::quiet_NaN();
  Routing routing = route(spec, 2, logits);
  for (int64_t rank = 0; rank < 3; ++rank) {
    EXPECT_TRUE(std::isnan(routing.weight(0, rank)));
    EXPECT_FLOAT_EQ(routing.weight(1, rank), 1.0f / 3);
    for (int64_t other = 0; other < rank; ++other)
      EXPECT_NE(routing.expert(0, rank), routing.expert(0, other));
  }
  checkOrder(spec, 2, routing);
}

/// Grouped linears of one specification with data, in all variants.
class Grouped {
public:
  Grouped(const GroupedLinearSpec &spec, int64_t rows,
          const Capabilities &target = host())
      : spec(spec), rows(rows),
        xStride(paddedRowLength(spec.k, spec.activation)),
        outStride(paddedRowLength(spec.n, spec.output)),
        tileElements(tileBytes(spec.weight, spec.k) /
                     elementBytes(spec.weight)),
        parts(spec.gated ? 2 : 1), partTiles((spec.n + 15) / 16),
        x(spec.activation, xRows() * xStride),
        weights(spec.weight, spec.experts * parts * partTiles * tileElements),
        routing(route({spec.experts, spec.topK, true}, rows,
                      randomValues(rows * spec.experts, 3))),
        runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          for (RowVariant variant :
               {RowVariant::One, RowVariant::Few, RowVariant::Many}) {
            GroupedLinearSpec s = spec;
            s.variant = variant;
            buildGroupedLinear(b, loc, "grouped" + std::to_string(int(variant)),
                               s, target);
          }
        }) {
    Random random(9);
    for (int64_t r = 0; r < xRows(); ++r)
      for (int64_t c = 0; c < spec.k; ++c)
        x.set(r * xStride + c, random.next());
    for (int64_t i = 0; i < weights.size; ++i)
      weights.set(i, 0);
    for (int64_t e = 0; e < spec.experts; ++e)
      for (int64_t part = 0; part < parts; ++part)
        for (int64_t n = 0; n < spec.n; ++n)
          for (int64_t c = 0; c < spec.k; ++c)
            weights.set(weightAt(e, part, n, c), random.next() / 4);
  }

  /// The output of `variant` for these places and groups, in ranges of five
  /// work items.
  Buffer run(RowVariant variant, const std::vector<int32_t> &places,
             const std::vector<int32_t> &groups, const Buffer &input) {
    GroupedLinearSpec s = spec;
    s.variant = variant;
    Buffer out(spec.output, rows * spec.topK * outStride);
    std::vector<void *> bindings = {
        input.data(), weights.data(), const_cast<int32_t *>(places.data()),
        const_cast<int32_t *>(groups.data()), out.data()};
    uint64_t grid = groupedLinearGrid(s);
    for (uint64_t begin = 0; begin < grid; begin += 5)
      runner.run("grouped" + std::to_string(int(variant)), bindings, {rows},
                 begin, std::min(begin + 5, grid));
    return out;
  }

  Buffer run(RowVariant variant) {
    return run(variant, routing.places, routing.groups, x);
  }

  /// Checks all rows against double precision, and that nothing stands behind
  /// their columns.
  void check(const Buffer &out) {
    for (int64_t p = 0; p < rows * spec.topK; ++p) {
      int64_t pair = routing.places[p];
      int64_t from = spec.scatter ? p : pair / spec.topK;
      int64_t to = spec.scatter ? pair : p;
      int64_t expert = routing.expert(pair / spec.topK, pair % spec.topK);
      for (int64_t c = 0; c < outStride; ++c) {
        double found = out.get(to * outStride + c);
        if (c >= spec.n) {
          ASSERT_TRUE(std::isnan(found)) << "row " << to << " column " << c;
          continue;
        }
        double error = 0, want = product(from, expert, 0, c, error);
        if (spec.gated) {
          double upError = 0, up = product(from, expert, 1, c, upError);
          double gate = apply(spec.function, want);
          error = std::abs(up) * (1.2 * error + std::abs(gate) * 0x1p-20) +
                  std::abs(gate) * upError;
          want = gate * up;
        }
        error += std::abs(want) * Buffer::epsilon(spec.output) + 0x1p-20;
        ASSERT_NEAR(found, want, error) << "row " << to << " column " << c;
      }
    }
  }

  int64_t xRows() const { return spec.scatter ? rows * spec.topK : rows; }

  GroupedLinearSpec spec;
  int64_t rows, xStride, outStride, tileElements, parts, partTiles;
  Buffer x, weights;
  Routing routing;

private:
  int64_t weightAt(int64_t expert, int64_t part, int64_t n, int64_t c) const {
    int64_t e = tileInterleave(spec.weight);
    int64_t tile = (expert * partTiles + n / 16) * parts + part;
    return tile * tileElements + c / e * 16 * e + n % 16 * e + c % e;
  }

  double product(int64_t row, int64_t expert, int64_t part, int64_t n,
                 double &error) const {
    double sum = 0, absolute = 0;
    for (int64_t c = 0; c < spec.k; ++c) {
      double term =
          x.get(row * xStride + c) * weights.get(weightAt(expert, part, n, c));
      sum += term;
      absolute += std::abs(term);
    }
    error = absolute * 0x1p-22 * std::sqrt(double(spec.k));
    return sum;
  }

  KernelRunner runner;
};

constexpr Element kF32 = Element::F32, kF16 = Element::F16,
                  kBF16 = Element::BF16;

void checkGrouped(int64_t rows, int64_t n, Element weight, Element activation,
                  bool gated, Function function = Function::Silu,
                  int64_t k = 35) {
  SCOPED_TRACE(testing::Message()
               << rows << " rows, k " << k << ", n " << n << ", gated " << gated
               << ", weight " << int(weight) << ", activation "
               << int(activation) << ", function " << int(function));
  Grouped grouped({RowVariant::Many, k, n, 5, 2, weight, activation,
                   gated ? activation : kF32, gated, !gated, function},
                  rows);
  grouped.check(grouped.run(RowVariant::Many));
  grouped.check(grouped.run(RowVariant::Few));
}

TEST(GroupedLinear, MatchesPlainLoops) {
  for (auto [weight, activation] :
       {std::pair(kF32, kF32), {kF16, kF32}, {kBF16, kF32}, {kBF16, kBF16}}) {
    checkGrouped(50, 41, weight, activation, /*gated=*/true);
    checkGrouped(50, 48, weight, activation, /*gated=*/false);
  }
}

/// Tile registers take a k that 32 divides; scratch holds a chunk of rows.
TEST(GroupedLinear, TileRegisters) {
  for (bool gated : {false, true}) {
    for (int64_t rows : {1, 5, 16, 50, 230})
      checkGrouped(rows, 41, kBF16, kBF16, gated, Function::Silu, 64);
    checkGrouped(100, 64, kBF16, kBF16, gated, Function::Gelu, 96);
  }
  // Chunks of 96 and of 16 rows.
  checkGrouped(300, 16, kBF16, kBF16, false, Function::Silu, 5120);
  checkGrouped(60, 16, kBF16, kBF16, false, Function::Silu, 20480);
}

TEST(GroupedLinear, EveryFunction) {
  for (Function function : {Function::Gelu, Function::GeluTanh, Function::Relu})
    checkGrouped(20, 41, kF32, kF32, /*gated=*/true, function);
}

TEST(GroupedLinear, FewRows) {
  checkGrouped(1, 48, kF32, kF32, /*gated=*/true);
  checkGrouped(9, 70, kF32, kF32, /*gated=*/false);
}

TEST(GroupedLinear, NarrowVectors) {
  auto target = Capabilities::parse("cpu:x86-64-v3");
  ASSERT_TRUE(bool(target));
  Grouped grouped(
      {RowVariant::Many, 64, 80, 4, 2, kF16, kF32, kF32, true, false}, 33,
      *target);
  grouped.check(grouped.run(RowVariant::Many));
}

/// A row alone, in the variant for one, has the bits that it has among others.
TEST(GroupedLinear, RowsHaveTheSameBitsInEveryVariant) {
  for (auto [scatter, depth, activation] : {std::tuple(false, 67, kF32),
                                            {true, 67, kF32},
                                            {false, 64, kBF16},
                                            {true, 64, kBF16}}) {
    GroupedLinearSpec spec = {
        RowVariant::Many, depth, 70,       6,      3, kBF16,
        activation,       kF32,  !scatter, scatter};
    Grouped grouped(spec, 21);
    Buffer many = grouped.run(RowVariant::Many);
    Buffer few = grouped.run(RowVariant::Few);
    ASSERT_EQ(std::memcmp(many.data(), few.data(), many.bytes()), 0);
    const Routing &routing = grouped.routing;
    for (int64_t row = 0; row < grouped.rows; ++row) {
      // The row's own routing: its experts ascending, one place each.
      std::vector<int32_t> ranks = {0, 1, 2}, places, groups(18, 0);
      std::sort(ranks.begin(), ranks.end(), [&](int32_t a, int32_t b) {
        return routing.expert(row, a) < routing.expert(row, b);
      });
      int64_t bytes = elementBytes(activation);
      Buffer input(activation, 3 * grouped.xStride);
      auto placeOf = [&](int64_t rank) {
        return std::find(routing.places.begin(), routing.places.end(),
                         row * 3 + rank) -
               routing.places.begin();
      };
      auto copyRow = [&](int64_t to, int64_t from) {
        std::memcpy(static_cast<char *>(input.data()) +
                        to * grouped.xStride * bytes,
                    static_cast<char *>(grouped.x.data()) +
                        from * grouped.xStride * bytes,
                    grouped.xStride * bytes);
      };
      for (int32_t place = 0; place < 3; ++place) {
        places.push_back(ranks[place]);
        groups[place * 3] = routing.expert(row, ranks[place]);
        groups[place * 3 + 1] = place;
        groups[place * 3 + 2] = place + 1;
        copyRow(place, scatter ? placeOf(ranks[place]) : row);
      }
      Buffer one = grouped.run(RowVariant::One, places, groups, input);
      for (int32_t place = 0; place < 3; ++place) {
        int64_t rank = ranks[place];
        int64_t alone = scatter ? rank : place;
        int64_t among = scatter ? row * 3 + rank : placeOf(rank);
        for (int64_t c = 0; c < spec.n; ++c)
          ASSERT_EQ(one.get(alone * grouped.outStride + c),
                    many.get(among * grouped.outStride + c))
              << "row " << row << " rank " << rank << " column " << c;
      }
    }
  }
}

/// What one row costs follows from the experts that it chooses, not from all.
TEST(GroupedLinear, OneRowTakesOneGroupForEachChosenExpert) {
  GroupedLinearSpec spec = {RowVariant::One, 64,  256, 128, 8, kF32, kF32, kF32,
                            false,           true};
  EXPECT_EQ(groupedLinearGrid(spec), 8 * 4);
  spec.variant = RowVariant::Many;
  EXPECT_EQ(groupedLinearGrid(spec), 128 * 8);
}

TEST(Combine, SumsInRankOrder) {
  for (bool residual : {false, true})
    for (int64_t columns : {5, 64, 70}) {
      constexpr int64_t rows = 4, topK = 3;
      int64_t stride = paddedRowLength(columns, kF32);
      int64_t rankStride = paddedRowLength(topK, kF32);
      Buffer x(kF32, rows * topK * stride), weights(kF32, rows * rankStride);
      Buffer out(kF32, rows * stride);
      Random random(2);
      for (int64_t r = 0; r < rows * topK; ++r) {
        weights.set(r / topK * rankStride + r % topK, random.next());
        for (int64_t c = 0; c < columns; ++c)
          x.set(r * stride + c, random.next());
      }
      std::vector<float> before(rows * columns);
      for (int64_t i = 0; i < rows * columns; ++i) {
        before[i] = random.next();
        if (residual)
          out.set(i / columns * stride + i % columns, before[i]);
      }
      CombineSpec spec = {columns, topK, residual};
      KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
        buildCombine(b, loc, "combine", spec, host());
      });
      runner.run("combine", {x.data(), weights.data(), out.data()}, {rows}, 2,
                 rows);
      runner.run("combine", {x.data(), weights.data(), out.data()}, {rows}, 0,
                 2);
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < stride; ++c) {
          float found = float(out.get(r * stride + c));
          if (c >= columns) {
            ASSERT_TRUE(std::isnan(found));
            continue;
          }
          float sum = 0;
          for (int64_t rank = 0; rank < topK; ++rank) {
            float weight = float(weights.get(r * rankStride + rank));
            float value = float(x.get((r * topK + rank) * stride + c));
            sum = rank ? std::fma(weight, value, sum) : weight * value;
          }
          ASSERT_EQ(found, residual ? before[r * columns + c] + sum : sum)
              << "row " << r << " column " << c;
        }
    }
}

} // namespace
