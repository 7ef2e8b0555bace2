//===- RowKernelsTest.cpp - Kernels of rows against plain loops -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Kernels.h"
#include "test/unit/cpu/KernelRunner.h"
#include "test/unit/cpu/Numbers.h"
#include <cmath>
#include <gtest/gtest.h>
#include <optional>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

constexpr Element kElements[] = {Element::F32, Element::F16, Element::BF16};

void checkRmsNorm(const RmsNormSpec &spec) {
  int64_t group = spec.group.value_or(spec.columns);
  SCOPED_TRACE(testing::Message() << spec.columns << " columns in groups of "
                                  << group << ", output " << int(spec.output));
  constexpr int64_t rows = 5;
  int64_t xColumn = spec.slice ? spec.slice->column : 0;
  int64_t xStride = paddedRowLength(
      spec.slice ? spec.slice->columns : spec.columns, Element::F32);
  int64_t outStride = paddedRowLength(spec.columns, spec.output);
  Buffer x(Element::F32, rows * xStride), weight(Element::F32, group);
  Buffer out(spec.output, rows * outStride), before(spec.output, out.size);
  std::vector<int32_t> selected = {3, 0, 4, 4, 1};
  Random random(11);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < spec.columns; ++c) {
      x.set(r * xStride + xColumn + c, random.next() * std::exp2(float(r - 2)));
      if (spec.residual && r != 4)
        before.set(r * outStride + c, random.next());
    }
  std::memcpy(out.data(), before.data(), out.bytes());
  for (int64_t c = 0; c < group; ++c)
    weight.set(c, random.next());
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildRmsNorm(b, loc, "norm", spec, host());
  });
  std::vector<void *> bindings = {x.data(), weight.data()};
  if (spec.selectRows)
    bindings.push_back(selected.data());
  bindings.push_back(out.data());
  // The second range first; row 4 is left out.
  runner.run("norm", bindings, {rows}, 2, 4);
  runner.run("norm", bindings, {rows}, 0, 2);
  for (int64_t r = 0; r < rows; ++r) {
    int64_t source = (spec.selectRows ? selected[r] : r) * xStride + xColumn;
    double scale = 0;
    for (int64_t c = 0; c < outStride; ++c) {
      double got = out.get(r * outStride + c);
      if (r == 4 || c >= spec.columns) {
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
        continue;
      }
      if (c % group == 0) {
        double squares = 0;
        for (int64_t i = c; i < c + group; ++i)
          squares += x.get(source + i) * x.get(source + i);
        scale = 1 / std::sqrt(squares / group + spec.epsilon);
      }
      double w = weight.get(c % group) + spec.weightOffset;
      double want = x.get(source + c) * scale * w;
      double error = std::abs(want) * 0x1p-20;
      // The sum of weight and offset is rounded to f32.
      error +=
          std::abs(x.get(source + c) * scale) * spec.weightOffset * 0x1p-23;
      if (spec.residual)
        want += before.get(r * outStride + c);
      error += std::abs(want) * (0x1p-22 + Buffer::epsilon(spec.output));
      ASSERT_NEAR(got, want,
                  error + (spec.output == Element::F16 ? 0x1p-24 : 0x1p-140))
          << "row " << r << " column " << c;
    }
  }
}

TEST(RmsNorm, EveryOutputType) {
  for (Element output : kElements)
    for (bool select : {false, true})
      checkRmsNorm({100, 1e-5, select, output});
}

TEST(RmsNorm, Sizes) {
  for (int64_t columns : {1, 15, 16, 17, 64, 2048})
    checkRmsNorm({columns, 1e-6, false, Element::F32});
}

TEST(RmsNorm, Groups) {
  for (int64_t group : {1, 8, 16, 24, 64}) {
    RmsNormSpec spec = {3 * group, 1e-6, false, Element::F32};
    spec.group = group;
    checkRmsNorm(spec);
    spec.slice = RowSlice{5, 300};
    checkRmsNorm(spec);
  }
}

TEST(RmsNorm, OffsetResidualAndSlice) {
  for (Element output : kElements)
    for (bool select : {false, true})
      for (int64_t columns : {40, 100}) {
        RmsNormSpec spec = {columns, 1e-5, select, output};
        spec.weightOffset = 1.0;
        checkRmsNorm(spec);
        spec.residual = true;
        checkRmsNorm(spec);
        spec.slice = RowSlice{19, 160};
        checkRmsNorm(spec);
      }
}

TEST(RmsNorm, AddsToItsOwnInput) {
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    RmsNormSpec spec = {40, 0.0, false, Element::F32};
    spec.residual = true;
    buildRmsNorm(b, loc, "norm", spec, host());
  });
  Buffer x(Element::F32, paddedRowLength(40, Element::F32));
  Buffer weight(Element::F32, 40);
  for (int i = 0; i < 40; ++i)
    x.set(i, i % 2 ? 2.f : -2.f), weight.set(i, float(i));
  runner.run("norm", {x.data(), weight.data(), x.data()}, {1}, 0, 1);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(x.get(i), i % 2 ? 2 + i : -2 - i);
}

void checkLayerNorm(const LayerNormSpec &spec, float shift) {
  SCOPED_TRACE(testing::Message() << spec.columns << " columns, bias "
                                  << spec.bias << ", shift " << shift);
  constexpr int64_t rows = 5;
  int64_t xColumn = spec.slice ? spec.slice->column : 0;
  int64_t xStride = paddedRowLength(
      spec.slice ? spec.slice->columns : spec.columns, Element::F32);
  int64_t outStride = paddedRowLength(spec.columns, spec.output);
  Buffer x(Element::F32, rows * xStride), weight(Element::F32, spec.columns),
      bias(Element::F32, spec.columns), out(spec.output, rows * outStride);
  std::vector<int32_t> selected = {3, 0, 4, 4, 1};
  Random random(5);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < spec.columns; ++c)
      x.set(r * xStride + xColumn + c,
            shift + random.next() * std::exp2(float(r - 2)));
  for (int64_t c = 0; c < spec.columns; ++c)
    weight.set(c, random.next()), bias.set(c, random.next());
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildLayerNorm(b, loc, "norm", spec, host());
  });
  std::vector<void *> bindings = {x.data(), weight.data()};
  if (spec.bias)
    bindings.push_back(bias.data());
  if (spec.selectRows)
    bindings.push_back(selected.data());
  bindings.push_back(out.data());
  runner.run("norm", bindings, {rows}, 2, 4);
  runner.run("norm", bindings, {rows}, 0, 2);
  for (int64_t r = 0; r < rows; ++r) {
    int64_t source = (spec.selectRows ? selected[r] : r) * xStride + xColumn;
    double sum = 0, squares = 0;
    for (int64_t c = 0; c < spec.columns; ++c)
      sum += x.get(source + c);
    double mean = sum / spec.columns;
    for (int64_t c = 0; c < spec.columns; ++c)
      squares += std::pow(x.get(source + c) - mean, 2);
    double scale = 1 / std::sqrt(squares / spec.columns + spec.epsilon);
    for (int64_t c = 0; c < outStride; ++c) {
      double got = out.get(r * outStride + c);
      if (r == 4 || c >= spec.columns) {
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
        continue;
      }
      double slope = scale * weight.get(c);
      double normed = (x.get(source + c) - mean) * slope;
      double want = normed + (spec.bias ? bias.get(c) : 0);
      // The mean is known to a few ulp of the values that it is made of.
      double error =
          std::abs(normed) * 0x1p-20 +
          (std::abs(mean) + std::abs(shift)) * 0x1p-21 * std::abs(slope) +
          std::abs(want) * (0x1p-22 + Buffer::epsilon(spec.output));
      ASSERT_NEAR(got, want, error + 1e-7) << "row " << r << " column " << c;
    }
  }
}

TEST(LayerNorm, EveryOutputType) {
  for (Element output : kElements)
    for (bool bias : {false, true})
      for (bool select : {false, true})
        checkLayerNorm({100, 1e-5, bias, select, output}, 0);
}

TEST(LayerNorm, SizesAndSlices) {
  for (int64_t columns : {1, 15, 16, 17, 64, 2048}) {
    checkLayerNorm({columns, 1e-5, true, false, Element::F32}, 0);
    // The variance of values far from zero survives.
    checkLayerNorm({columns, 1e-5, true, false, Element::F32}, 100);
    checkLayerNorm(
        {columns, 1e-5, true, false, Element::F32, RowSlice{7, columns + 30}},
        0);
  }
}

TEST(RowKernels, CopiesConvertsAndSelects) {
  for (Element input : kElements)
    for (Element output : kElements)
      for (bool select : {false, true})
        for (bool slice : {false, true}) {
          CopyRowsSpec spec = {37, input, output, select};
          if (slice)
            spec.slice = RowSlice{3, 60};
          int64_t xStride = paddedRowLength(slice ? 60 : 37, input);
          int64_t outStride = paddedRowLength(37, output);
          Buffer x(input, 3 * xStride), out(output, 3 * outStride);
          Buffer want(output, 1);
          Random random(9);
          for (int64_t i = 0; i < x.size; ++i)
            x.set(i, random.next());
          std::vector<int32_t> selected = {2, 2, 0};
          KernelRunner runner(host(),
                              [&](mlir::OpBuilder &b, mlir::Location loc) {
                                buildCopyRows(b, loc, "copy", spec, host());
                              });
          std::vector<void *> bindings = {x.data()};
          if (select)
            bindings.push_back(selected.data());
          bindings.push_back(out.data());
          runner.run("copy", bindings, {3}, 0, 2);
          for (int64_t r = 0; r < 3; ++r)
            for (int64_t c = 0; c < outStride; ++c) {
              double got = out.get(r * outStride + c);
              if (r == 2 || c >= 37) {
                ASSERT_TRUE(std::isnan(got));
                continue;
              }
              int64_t source = select ? selected[r] : r;
              want.set(0, float(x.get(source * xStride + c + (slice ? 3 : 0))));
              ASSERT_EQ(got, want.get(0)) << "row " << r << " column " << c;
            }
        }
}

TEST(RowKernels, Adds) {
  for (Element element : kElements)
    for (int64_t columns : {1, 16, 37}) {
      AddRowsSpec spec = {columns, element, {}};
      spec.slices[1] = RowSlice{3, 60};
      int64_t stride = paddedRowLength(columns, element);
      int64_t wide = paddedRowLength(60, element);
      Buffer x(element, 3 * stride), y(element, 3 * wide),
          out(element, 3 * stride), want(element, 1);
      Random random(9);
      for (int64_t r = 0; r < 3; ++r)
        for (int64_t c = 0; c < columns; ++c) {
          x.set(r * stride + c, random.next());
          y.set(r * wide + 3 + c, random.next());
        }
      KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
        buildAddRows(b, loc, "add", spec, host());
      });
      runner.run("add", {x.data(), y.data(), out.data()}, {3}, 1, 3);
      for (int64_t r = 0; r < 3; ++r)
        for (int64_t c = 0; c < stride; ++c) {
          double got = out.get(r * stride + c);
          if (r == 0 || c >= columns) {
            ASSERT_TRUE(std::isnan(got));
            continue;
          }
          want.set(0, float(x.get(r * stride + c)) +
                          float(y.get(r * wide + 3 + c)));
          ASSERT_EQ(got, want.get(0)) << "row " << r << " column " << c;
        }
    }
}

TEST(RmsNorm, ZeroRowGivesZero) {
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildRmsNorm(b, loc, "norm", {16, 1e-5, false, Element::F32}, host());
  });
  Buffer x(Element::F32, 16), weight(Element::F32, 16), out(Element::F32, 16);
  for (int i = 0; i < 16; ++i)
    x.set(i, 0), weight.set(i, 1);
  runner.run("norm", {x.data(), weight.data(), out.data()}, {1}, 0, 1);
  for (int i = 0; i < 16; ++i)
    EXPECT_EQ(out.get(i), 0);
}

/// A table of `rows` in tiles.
struct Table {
  Table(Element element, int64_t rows, int64_t columns, uint32_t seed)
      : e(tileInterleave(element)),
        tileElements(tileBytes(element, columns) / elementBytes(element)),
        tiles(element, (rows + 15) / 16 * tileElements) {
    Random random(seed);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        tiles.set(at(r, c), random.next());
  }
  int64_t at(int64_t row, int64_t c) const {
    return row / 16 * tileElements + c / e * e * 16 + row % 16 * e + c % e;
  }
  float get(int64_t row, int64_t c) const { return tiles.get(at(row, c)); }

  int64_t e, tileElements;
  Buffer tiles;
};

void checkEmbedding(const EmbeddingSpec &spec) {
  SCOPED_TRACE(testing::Message() << spec.columns << " columns, weight "
                                  << int(spec.weight.element));
  int64_t stride = paddedRowLength(spec.columns, Element::F32);
  std::vector<int32_t> tokens = {0, int32_t(spec.vocabulary - 1), 17, 16, 17};
  std::vector<int32_t> types = {0, 1, 1, 0, 1};
  // Two sequences of 2 and 3 rows, with a past of 7 and none.
  std::vector<int32_t> batch = {0, 2, 5, 7, 0, /*positions*/ 7, 8, 0, 1, 17};
  Table table(spec.weight, spec.vocabulary, spec.columns, 3);
  Table typeTable(spec.types.value_or(Element::F32), 2, spec.columns, 4);
  Table positions(spec.positions.value_or(Element::F32), 18, spec.columns, 5);
  Buffer out(Element::F32, int64_t(tokens.size()) * stride);
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildEmbedding(b, loc, "embedding", spec, host());
  });
  std::vector<void *> bindings = {tokens.data(), table.tiles.data()};
  std::vector<int64_t> scalars = {int64_t(tokens.size())};
  if (spec.types) {
    bindings.push_back(types.data());
    bindings.push_back(typeTable.tiles.data());
  }
  if (spec.positions) {
    bindings.push_back(batch.data());
    bindings.push_back(positions.tiles.data());
    scalars.push_back(2);
  }
  bindings.push_back(out.data());
  runner.run("embedding", bindings, scalars, 0, tokens.size());
  for (size_t r = 0; r < tokens.size(); ++r)
    for (int64_t c = 0; c < stride; ++c) {
      double got = out.get(r * stride + c);
      if (c >= spec.columns) {
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
        continue;
      }
      volatile float want = table.get(tokens[r], c) * float(spec.scale);
      if (spec.types)
        want = want + typeTable.get(types[r], c);
      if (spec.positions)
        want = want + positions.get(batch[5 + r], c);
      ASSERT_EQ(got, want) << "row " << r << " column " << c;
    }
}

TEST(Embedding, TypesAndPositions) {
  std::optional<Element> none;
  for (Element types : kElements)
    for (Element positions : kElements)
      for (int64_t columns : {5, 16, 97}) {
        checkEmbedding({50, columns, Element::BF16, 1.0, types, positions});
        checkEmbedding({50, columns, Element::F32, 3.0, none, positions});
        checkEmbedding({50, columns, Element::F16, 1.0, types, none});
      }
}

TEST(Embedding, EveryWeightType) {
  for (Element weight : kElements)
    for (int64_t columns : {1, 5, 16, 96, 97})
      for (double scale : {1.0, 9.797958971132712})
        checkEmbedding({50, columns, weight, scale});
}

void checkPermuteColumns(const PermuteColumnsSpec &spec) {
  SCOPED_TRACE(testing::Message()
               << spec.columns << " columns of type " << int(spec.element));
  constexpr int64_t rows = 3;
  int64_t xColumn = spec.slice ? spec.slice->column : 0;
  int64_t xStride = paddedRowLength(
      spec.slice ? spec.slice->columns : spec.columns, spec.element);
  int64_t outStride = paddedRowLength(spec.columns, spec.element);
  Buffer x(spec.element, rows * xStride), out(spec.element, rows * outStride);
  // A permutation, padded as constants are.
  std::vector<int32_t> order((spec.columns + 15) / 16 * 16);
  for (int64_t c = 0; c < spec.columns; ++c)
    order[c] = int32_t(c * 7 % spec.columns);
  Random random(3);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < spec.columns; ++c)
      x.set(r * xStride + xColumn + c, random.next());
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildPermuteColumns(b, loc, "permute", spec, host());
  });
  runner.run("permute", {x.data(), order.data(), out.data()}, {rows}, 0, 2);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < outStride; ++c) {
      double got = out.get(r * outStride + c);
      if (r == 2 || c >= spec.columns)
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
      else
        ASSERT_EQ(got, x.get(r * xStride + xColumn + order[c]))
            << "row " << r << " column " << c;
    }
}

TEST(PermuteColumns, EveryTypeSizeAndSlice) {
  for (Element element : kElements)
    for (int64_t columns : {1, 15, 16, 100, 2048}) {
      checkPermuteColumns({columns, element});
      checkPermuteColumns({columns, element, RowSlice{5, 2100}});
    }
}

} // namespace
