//===- LinearKernelTest.cpp - Linear kernels against plain loops ----------===//
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

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

/// One linear with data, its three kernels, and the result by plain loops.
class Linear {
public:
  Linear(LinearSpec spec, int64_t rows, const Capabilities &target = host())
      : spec(spec), rows(rows), columns(linearColumns(spec)),
        xColumn(spec.slice ? spec.slice->column : 0),
        xStride(paddedRowLength(spec.slice ? spec.slice->columns : spec.k,
                                spec.activation)),
        outStride(paddedRowLength(columns, spec.output)),
        paddedRows((rows + kRowPadding - 1) / kRowPadding * kRowPadding),
        x(spec.activation, paddedRows * xStride),
        weights(spec.weight, linearTiles(spec) * tileElements()),
        bias(Element::F32, linearTiles(spec) * kTileRows),
        initial(spec.output, paddedRows * outStride),
        runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
          for (RowVariant variant :
               {RowVariant::One, RowVariant::Few, RowVariant::Many}) {
            LinearSpec s = spec;
            s.variant = variant;
            buildLinear(b, loc, name(variant), s, target);
          }
        }) {
    fill();
  }

  static std::string name(RowVariant variant) {
    return "linear_" + std::to_string(int(variant));
  }

  /// The output after running `variant` on `count` rows from `first` on, in
  /// ranges of `step` panels, last range first.
  Buffer run(RowVariant variant, int64_t first, int64_t count,
             uint64_t step = ~uint64_t(0)) {
    LinearSpec s = spec;
    s.variant = variant;
    uint64_t grid = linearGrid(s);
    step = std::min(step, grid);
    Buffer out = initialOutput();
    for (uint64_t begin = (grid - 1) / step * step;; begin -= step) {
      runRange(variant, first, count, begin, std::min(begin + step, grid), out);
      if (begin == 0)
        return out;
    }
  }

  void runRange(RowVariant variant, int64_t first, int64_t count,
                uint64_t begin, uint64_t end, Buffer &out) {
    auto rowOf = [&](Buffer &buffer, int64_t stride) -> void * {
      return static_cast<char *>(buffer.data()) +
             first * stride * elementBytes(buffer.element);
    };
    std::vector<void *> bindings = {rowOf(x, xStride), weights.data()};
    if (spec.bias)
      bindings.push_back(bias.data());
    bindings.push_back(rowOf(out, outStride));
    runner.run(name(variant), bindings, {count}, begin, end);
  }

  Buffer initialOutput() const {
    Buffer out(spec.output, paddedRows * outStride);
    std::memcpy(out.data(), initial.data(), out.bytes());
    return out;
  }

  /// Checks the first `count` rows of `out` against double precision, and that
  /// nothing behind them or behind their columns was written.
  void check(const Buffer &out, int64_t count) {
    for (int64_t r = 0; r < paddedRows; ++r)
      for (int64_t c = 0; c < outStride; ++c) {
        int64_t at = r * outStride + c;
        if (r >= count || c >= columns) {
          double before = initial.get(at);
          ASSERT_TRUE(out.get(at) == before || std::isnan(before))
              << "row " << r << " column " << c << " was written";
          ASSERT_EQ(std::isnan(out.get(at)), std::isnan(before));
          continue;
        }
        double error, want = expected(r, c, error);
        ASSERT_NEAR(out.get(at), want, error) << "row " << r << " column " << c;
      }
  }

  void expectSameRows(const Buffer &a, const Buffer &b, int64_t first,
                      int64_t count, const char *what) {
    int64_t bytes = elementBytes(spec.output);
    for (int64_t r = first; r < first + count; ++r)
      ASSERT_EQ(
          std::memcmp(static_cast<char *>(a.data()) + r * outStride * bytes,
                      static_cast<char *>(b.data()) + r * outStride * bytes,
                      columns * bytes),
          0)
          << what << ": row " << r << " differs";
  }

  LinearSpec spec;
  int64_t rows, columns, xColumn, xStride, outStride, paddedRows;

private:
  int64_t tileElements() const {
    return tileBytes(spec.weight, spec.k) / elementBytes(spec.weight);
  }

  /// Where the bias of a row of weights is: the parts follow each other, also
  /// where their tiles alternate.
  int64_t biasIndex(int64_t tile, int64_t lane) const {
    if (spec.epilogue == Epilogue::Gated)
      tile = tile / 2 + tile % 2 * (linearTiles(spec) / 2);
    return tile * 16 + lane;
  }

  /// Calls f(part, row in part, packed tile, lane) for all rows of weights.
  template <typename F> void eachWeightRow(F f) const {
    bool gated = spec.epilogue == Epilogue::Gated;
    int64_t firstTile = 0;
    for (size_t part = 0; part < spec.partRows.size(); ++part) {
      for (int64_t n = 0; n < spec.partRows[part]; ++n) {
        int64_t tile = gated ? n / 16 * 2 + int64_t(part) : firstTile + n / 16;
        f(int64_t(part), n, tile, n % 16);
      }
      firstTile += (spec.partRows[part] + 15) / 16;
    }
  }

  void fill() {
    Random random(7);
    // NaN stays behind the rows and behind their columns.
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < spec.k; ++c)
        x.set(r * xStride + xColumn + c, random.next());
    for (int64_t i = 0; i < weights.size; ++i)
      weights.set(i, 0);
    for (int64_t i = 0; i < bias.size; ++i)
      bias.set(i, 0);
    int64_t e = tileInterleave(spec.weight);
    float scale = 1 / std::sqrt(float(spec.k));
    eachWeightRow([&](int64_t, int64_t, int64_t tile, int64_t lane) {
      for (int64_t k = 0; k < spec.k; ++k)
        weights.set(weightIndex(tile, lane, k, e), random.next() * scale);
      bias.set(biasIndex(tile, lane), random.next());
    });
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c)
        initial.set(r * outStride + c, random.next());
  }

  int64_t weightIndex(int64_t tile, int64_t lane, int64_t k, int64_t e) const {
    return tile * tileElements() + k / e * e * 16 + lane * e + k % e;
  }

  double sum(int64_t row, int64_t tile, int64_t lane, double &error) const {
    int64_t e = tileInterleave(spec.weight);
    double s = 0, magnitude = 0;
    for (int64_t k = 0; k < spec.k; ++k) {
      double p = x.get(row * xStride + xColumn + k) *
                 weights.get(weightIndex(tile, lane, k, e));
      s += p;
      magnitude += std::abs(p);
    }
    if (spec.bias)
      s += bias.get(biasIndex(tile, lane));
    error += (magnitude + std::abs(s)) * 0x1p-22;
    return s;
  }

  double expected(int64_t row, int64_t column, double &error) const {
    error = 0;
    double value;
    if (spec.epilogue == Epilogue::Gated) {
      double gateError = 0, upError = 0;
      int64_t tile = column / 16 * 2, lane = column % 16;
      double gate = sum(row, tile, lane, gateError);
      double up = sum(row, tile + 1, lane, upError);
      double function = apply(spec.function, gate);
      value = function * up;
      error = (gateError * 1.2 + std::abs(gate) * 0x1p-21) * std::abs(up) +
              upError * std::abs(function) + std::abs(value) * 0x1p-20;
    } else {
      int64_t at = column, tile = 0;
      for (int64_t part : spec.partRows) {
        if (at < part)
          break;
        at -= part;
        tile += (part + 15) / 16;
      }
      value = sum(row, tile + at / 16, at % 16, error);
      // No function is steeper than 1.2, and each is known to a few ulp of its
      // argument.
      if (spec.epilogue == Epilogue::Activation) {
        error = error * 1.2 + std::abs(value) * 0x1p-21;
        value = apply(spec.function, value);
      } else if (spec.epilogue == Epilogue::SoftCap) {
        error += std::abs(value) * 0x1p-21;
        value = spec.softCap * std::tanh(value / spec.softCap);
      } else if (spec.epilogue == Epilogue::Residual) {
        value += initial.get(row * outStride + column);
      }
    }
    error += std::abs(value) * Buffer::epsilon(spec.output) + 1e-7;
    return value;
  }

  Buffer x, weights, bias, initial;
  KernelRunner runner;
};

LinearSpec spec(int64_t k, llvm::SmallVector<int64_t> parts, Element weight,
                Element activation, Element output,
                Epilogue epilogue = Epilogue::None, bool bias = false) {
  return {RowVariant::Many, k,      parts,    weight,
          activation,       output, epilogue, bias};
}

/// Right, and the same bits for a row in any company and any cut.
void checkRows(Linear &linear, int64_t rows) {
  Buffer many = linear.run(RowVariant::Many, 0, rows);
  linear.check(many, rows);
  Buffer cut = linear.run(RowVariant::Many, 0, rows, 1);
  linear.expectSameRows(many, cut, 0, rows, "many, cut by panels");
  for (int64_t r = 0; r < rows; ++r) {
    Buffer one = linear.run(RowVariant::One, r, 1, 1 + r % 3);
    linear.expectSameRows(many, one, r, 1, "one");
  }
  for (int64_t r = 0, count = 2; r < rows; r += count, count = count % 15 + 1) {
    int64_t n = std::min(count, rows - r);
    Buffer few = linear.run(RowVariant::Few, r, n, 1 + r % 2);
    linear.expectSameRows(many, few, r, n, "few");
  }
}

void checkAll(const LinearSpec &s, int64_t rows,
              const Capabilities &target = host()) {
  Linear linear(s, rows, target);
  checkRows(linear, rows);
}

constexpr Element kElements[] = {Element::F32, Element::F16, Element::BF16};

TEST(LinearKernel, EveryElementType) {
  for (Element weight : kElements)
    for (Element activation : kElements)
      for (Element output : kElements) {
        SCOPED_TRACE(testing::Message()
                     << int(weight) << int(activation) << int(output));
        checkAll(spec(75, {80}, weight, activation, output), 17);
      }
}

TEST(LinearKernel, EveryRowCount) {
  // Tile registers need a k that 32 divides.
  for (auto [k, activation] : {std::pair(34, Element::F32),
                               {34, Element::BF16},
                               {96, Element::BF16}}) {
    Linear linear(spec(k, {48}, Element::BF16, activation, Element::F32), 40);
    for (int64_t rows = 1; rows <= 40; ++rows) {
      SCOPED_TRACE(rows);
      checkRows(linear, rows);
    }
  }
}

TEST(LinearKernel, OddSizes) {
  auto check = [](int64_t k, int64_t n) {
    SCOPED_TRACE(testing::Message() << "k " << k << " n " << n);
    for (Element element : {Element::F32, Element::BF16})
      checkAll(spec(k, {n}, element, element, Element::F32), 5);
  };
  for (int64_t k : {1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 129})
    check(k, 33);
  for (int64_t n : {1, 15, 16, 17, 64, 70, 129})
    check(17, n);
}

TEST(LinearKernel, PartsSideBySide) {
  for (auto parts : {llvm::SmallVector<int64_t>{64, 16, 16},
                     {20, 7, 7},
                     {16, 1, 33},
                     {1, 1, 1, 1, 1}})
    for (int64_t k : {40, 64})
      for (bool bias : {false, true})
        checkAll(spec(k, parts, Element::BF16, Element::BF16, Element::F32,
                      Epilogue::None, bias),
                 19);
}

TEST(LinearKernel, Residual) {
  for (Element output : kElements)
    for (int64_t k : {50, 64})
      for (bool bias : {false, true})
        checkAll(spec(k, {40}, Element::BF16, Element::BF16, output,
                      Epilogue::Residual, bias),
                 13);
}

TEST(LinearKernel, GatedSilu) {
  for (Element element : kElements)
    for (bool bias : {false, true})
      checkAll(
          spec(50, {40, 40}, element, element, element, Epilogue::Gated, bias),
          13);
  for (int64_t n : {5, 16, 96, 100})
    for (int64_t k : {50, 64})
      checkAll(spec(k, {n, n}, Element::BF16, Element::BF16, Element::F32,
                    Epilogue::Gated),
               13);
}

constexpr Function kFunctions[] = {Function::Silu,     Function::Gelu,
                                   Function::GeluTanh, Function::Relu,
                                   Function::Tanh,     Function::Sigmoid};

TEST(LinearKernel, EveryFunction) {
  for (Function function : kFunctions)
    for (Element element : {Element::F32, Element::BF16})
      for (bool bias : {false, true}) {
        SCOPED_TRACE(testing::Message() << int(function) << bias);
        LinearSpec s = spec(50, {40, 24}, element, element, element,
                            Epilogue::Activation, bias);
        s.function = function;
        checkAll(s, 14);
        s.partRows = {40, 40};
        s.epilogue = Epilogue::Gated;
        checkAll(s, 14);
      }
}

TEST(LinearKernel, SoftCap) {
  for (double cap : {0.5, 30.0})
    for (bool bias : {false, true}) {
      LinearSpec s = spec(50, {70}, Element::BF16, Element::F32, Element::F32,
                          Epilogue::SoftCap, bias);
      s.softCap = cap;
      checkAll(s, 14);
    }
}

TEST(LinearKernel, SliceOfWiderRows) {
  for (Element activation : {Element::F32, Element::BF16})
    for (int64_t k : {32, 33}) {
      LinearSpec s = spec(k, {40}, Element::BF16, activation, Element::F32);
      s.slice = RowSlice{21, 90};
      checkAll(s, 14);
    }
}

TEST(LinearKernel, RangeWritesItsPanelsOnly) {
  // Ten tiles: two whole panels of four and a rest, or five of two.
  Linear linear(spec(20, {160}, Element::F32, Element::F32, Element::F32), 5);
  for (RowVariant variant :
       {RowVariant::One, RowVariant::Few, RowVariant::Many}) {
    int64_t rows = variant == RowVariant::One ? 1 : 5;
    LinearSpec s = linear.spec;
    s.variant = variant;
    int64_t grid = linearGrid(s), width = variant == RowVariant::Many ? 32 : 64;
    Buffer all = linear.run(variant, 0, rows);
    for (int64_t begin = 0; begin <= grid; ++begin)
      for (int64_t end = begin; end <= grid; ++end) {
        Buffer out = linear.initialOutput(), before = linear.initialOutput();
        linear.runRange(variant, 0, rows, begin, end, out);
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t c = 0; c < linear.columns; ++c) {
            int64_t at = r * linear.outStride + c;
            bool inside = c >= begin * width && c < end * width;
            ASSERT_EQ(out.get(at), (inside ? all : before).get(at))
                << "range " << begin << " to " << end << ", column " << c;
          }
      }
  }
}

TEST(LinearKernel, LongSums) {
  checkAll(spec(2048, {80}, Element::BF16, Element::BF16, Element::F32), 26);
  checkAll(spec(2049, {80}, Element::F32, Element::F32, Element::F32), 26);
}

// So many k and rows that tile registers take them in slices and chunks; and
// so many columns that their sums take two panels.
TEST(LinearKernel, SlicesOfK) {
  checkAll(spec(4160, {80}, Element::BF16, Element::BF16, Element::F32,
                Epilogue::Residual, true),
           290);
  checkAll(spec(4160, {1072}, Element::BF16, Element::BF16, Element::BF16), 35);
}

TEST(LinearKernel, LevelsBelowTheHost) {
  for (const char *name :
       {"cpu:x86-64-v3", "cpu:x86-64-v4", "cpu:x86-64-v4+avx512bf16"}) {
    llvm::Expected<Capabilities> target = Capabilities::parse(name);
    ASSERT_TRUE(bool(target));
    if (!llvm::all_of(target->required, [](const std::string &feature) {
          return llvm::is_contained(host().required, feature);
        }))
      continue;
    SCOPED_TRACE(name);
    checkAll(spec(75, {80}, Element::BF16, Element::BF16, Element::F32), 29);
    checkAll(spec(96, {80}, Element::BF16, Element::BF16, Element::F32), 29);
    checkAll(spec(75, {40, 40}, Element::F16, Element::F32, Element::BF16,
                  Epilogue::Gated, true),
             29);
  }
}

} // namespace
