//===- GroupKernelTest.cpp - Kernels that read groups of codes ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Kernels.h"
#include "test/unit/cpu/KernelRunner.h"
#include "test/unit/cpu_groups/GroupCase.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::cpu;
using namespace swage::cpu::test;
using weights::Dtype;

namespace {

constexpr int64_t kRows = 37; ///< of x; no block divides them

/// A matrix with an odd number of tiles, the last one not whole.
class GroupKernels {
protected:
  explicit GroupKernels(std::unique_ptr<GroupMatrix> owned)
      : owner(std::move(owned)), matrix(*owner) {
    Random random(5);
    x.resize(kRows * matrix.columns);
    for (float &value : x)
      value = random.next();
  }

  LinearSpec specOf(RowVariant variant, const WeightFormat &weight,
                    Element rows) {
    return {variant, matrix.columns, {matrix.rows}, weight, rows, Element::F32};
  }

  /// Rows of x as a kernel reads them.
  std::vector<uint32_t> rowsOf(Element element, const Capabilities &target) {
    int64_t padded = (kRows + kRowPadding - 1) / kRowPadding * kRowPadding;
    int64_t length = paddedRowLength(matrix.columns, Element::F32);
    std::vector<uint32_t> rows(padded * length, 0x7fc00000);
    for (int64_t r = 0; r < kRows; ++r)
      std::memcpy(&rows[r * length], &x[r * matrix.columns],
                  matrix.columns * sizeof(float));
    if (element == Element::F32)
      return rows;
    std::vector<uint32_t> quantized(
        padded * paddedRowLength(matrix.columns, Element::Q8), 0x7fc00000);
    KernelRunner runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
      buildQuantizeRows(b, loc, "quantize", {matrix.columns, Element::F32},
                        target);
    });
    runner.run("quantize", {rows.data(), quantized.data()}, {kRows}, 0, kRows);
    return quantized;
  }

  /// The result of a linear by `variant`; the others in calls of its size.
  std::vector<float> run(RowVariant variant, const WeightFormat &format,
                         Element element, std::vector<uint8_t> &packed,
                         const Capabilities &target = host()) {
    LinearSpec spec = specOf(variant, format, element);
    std::vector<uint32_t> rows = rowsOf(element, target);
    int64_t stride = paddedRowLength(matrix.columns, element),
            outStride = paddedRowLength(matrix.rows, Element::F32);
    std::vector<float> out(rows.size() / stride * outStride);
    KernelRunner runner(target, [&](mlir::OpBuilder &b, mlir::Location loc) {
      buildLinear(b, loc, "linear", spec, target);
    });
    int64_t step = variant == RowVariant::One   ? 1
                   : variant == RowVariant::Few ? 7
                                                : kRows;
    for (int64_t r = 0; r < kRows; r += step)
      runner.run("linear",
                 {&rows[r * stride], aligned(packed), &out[r * outStride]},
                 {std::min(step, kRows - r)}, 0, linearGrid(spec));
    std::vector<float> dense;
    for (int64_t r = 0; r < kRows; ++r)
      dense.insert(dense.end(), &out[r * outStride],
                   &out[r * outStride] + matrix.rows);
    return dense;
  }

  /// The bytes at an address that loads of whole vectors may have.
  uint8_t *aligned(std::vector<uint8_t> &bytes) {
    copy.resize(bytes.size() + 64 + 4096); // prefetches may go beyond
    auto at = (reinterpret_cast<uintptr_t>(copy.data()) + 63) & ~uintptr_t(63);
    std::memcpy(reinterpret_cast<void *>(at), bytes.data(), bytes.size());
    return reinterpret_cast<uint8_t *>(at);
  }

  /// The decoded matrix in row tiles of f32.
  std::vector<uint8_t> packDecoded() {
    int64_t tiles = (matrix.rows + 15) / 16;
    std::vector<float> packed(tiles * matrix.columns * 16);
    for (int64_t n = 0; n < matrix.rows; ++n)
      for (int64_t c = 0; c < matrix.columns; ++c)
        packed[(n / 16 * matrix.columns + c) * 16 + n % 16] =
            matrix.value(n, c);
    std::vector<uint8_t> bytes(packed.size() * sizeof(float));
    std::memcpy(bytes.data(), packed.data(), bytes.size());
    return bytes;
  }

  void expectSame(const std::vector<float> &a, const std::vector<float> &b,
                  const char *what) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i)
      ASSERT_EQ(0, std::memcmp(&a[i], &b[i], sizeof(float)))
          << what << ": row " << i / matrix.rows << " column "
          << i % matrix.rows << ": " << a[i] << " and " << b[i];
  }

  void checkDecodedSums();
  void checkIntegerSums(const std::vector<Capabilities> &targets);
  void checkEmbedding();

  std::unique_ptr<GroupMatrix> owner;
  GroupMatrix &matrix;
  std::vector<float> x;
  std::vector<uint8_t> copy;
};

/// The codes and scale of a group of x, as the kernel must find them.
struct QuantizedGroup {
  int codes[QuantizedRow::kGroup] = {};
  float scale = 0;

  QuantizedGroup(const float *x, int64_t columns) {
    float most = 0;
    for (int64_t i = 0; i < columns; ++i)
      most = std::max(most, std::abs(x[i]));
    scale = most / 127;
    float inverse = most == 0 ? 0 : 127 / most;
    for (int64_t i = 0; i < columns; ++i)
      codes[i] = int(std::nearbyint(x[i] * inverse));
  }
};

/// What CodeDots.h says, step by step.
float dotReference(const GroupMatrix &matrix, const float *x, int64_t n) {
  constexpr int64_t kGroup = QuantizedRow::kGroup;
  float sum = 0;
  int64_t step = std::min<int64_t>(matrix.layout->groupColumns, 32);
  for (int64_t group = 0; group < matrix.columns; group += kGroup) {
    int64_t columns = std::min(kGroup, matrix.columns - group);
    QuantizedGroup row(x + group, columns);
    float part = 0;
    for (int64_t c = 0; c < columns; c += step) {
      int64_t end = std::min(c + step, columns);
      if (!matrix.layout->values.areIntegers()) {
        for (int64_t i = c; i < end; ++i)
          sum = std::fma(matrix.value(n, group + i),
                         row.scale * float(row.codes[i]), sum);
        continue;
      }
      int dot = 0, codeSum = 0;
      for (int64_t i = c; i < end; ++i) {
        dot += int(matrix.integer(n, group + i)) * row.codes[i];
        codeSum += row.codes[i];
      }
      float scale = matrix.scale(n, group + c) * matrix.layout->values.factor;
      part = std::fma(scale, float(dot), part);
      if (matrix.layout->minima)
        part = std::fma(matrix.minimum(n, group + c), float(codeSum), part);
    }
    if (matrix.layout->values.areIntegers())
      sum = std::fma(row.scale, part, sum);
  }
  return sum;
}

std::vector<Capabilities> levels() {
  std::vector<Capabilities> all = {host()};
#ifdef __x86_64__
  for (const char *name :
       {"cpu:x86-64-v3", "cpu:x86-64-v4", "cpu:x86-64-v4+avx512vnni",
        "cpu:x86-64-v3+avxvnni", "cpu:x86-64-v4+amx-int8"}) {
    Capabilities level = cantFail(Capabilities::parse(name));
    // Those that run here: the host's features include the level's.
    bool has = llvm::all_of(level.required, [](const std::string &feature) {
      return llvm::is_contained(host().required, feature);
    });
    if (has)
      all.push_back(std::move(level));
  }
#endif
  return all;
}

void GroupKernels::checkDecodedSums() {
  WeightFormat format(*matrix.layout);
  std::vector<uint8_t> packed = matrix.pack(), dense = packDecoded();
  std::vector<float> want =
      run(RowVariant::Many, Element::F32, Element::F32, dense);
  for (RowVariant variant :
       {RowVariant::One, RowVariant::Few, RowVariant::Many})
    expectSame(run(variant, format, Element::F32, packed), want, "decoded");
}

void GroupKernels::checkIntegerSums(const std::vector<Capabilities> &targets) {
  WeightFormat format(*matrix.layout);
  std::vector<uint8_t> packed = matrix.pack();
  std::vector<float> want;
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t n = 0; n < matrix.rows; ++n)
      want.push_back(dotReference(matrix, &x[r * matrix.columns], n));
  for (const Capabilities &target : targets)
    for (RowVariant variant :
         {RowVariant::One, RowVariant::Few, RowVariant::Many})
      expectSame(run(variant, format, Element::Q8, packed, target), want,
                 target.name.c_str());
}

/// Rows that are zero, tiny, or no numbers at all.
TEST(QuantizeRows, GroupsThatHaveNoOrdinaryScale) {
  constexpr int64_t kColumns = 80; // the last group is a half
  QuantizedRow row(kColumns);
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildQuantizeRows(b, loc, "quantize", {kColumns, Element::F32}, host());
  });
  auto quantize = [&](float value) {
    std::vector<float> x(paddedRowLength(kColumns, Element::F32), NAN);
    std::fill_n(x.begin(), kColumns, 0.0f);
    x[70] = value;
    std::vector<int32_t> out(paddedRowLength(kColumns, Element::Q8), -1);
    runner.run("quantize", {x.data(), out.data()}, {1}, 0, 1);
    EXPECT_EQ(out[0], 0);
    // What is behind the row's last column counts as zero.
    if (!std::isnan(value))
      EXPECT_EQ(out[row.sums16 + 5], 0);
    float scale;
    std::memcpy(&scale, &out[row.scales + 1], sizeof(scale));
    return std::pair(scale, out[70 / 4] >> 70 % 4 * 8 & 0xff);
  };
  EXPECT_EQ(quantize(254.0f), std::pair(2.0f, 127));
  EXPECT_EQ(quantize(-254.0f), std::pair(2.0f, 0x81));
  EXPECT_EQ(quantize(0.0f), std::pair(0.0f, 0));
  EXPECT_EQ(quantize(1e-37f), std::pair(0.0f, 0));
  EXPECT_TRUE(std::isinf(quantize(INFINITY).first));
  EXPECT_TRUE(std::isnan(quantize(NAN).first));
}

/// All groups have the scale of the row, and codes reach to -128.
TEST(QuantizeRows, RowsThatHaveOneScale) {
  for (int64_t columns : {16, 40, 80, 256}) {
    QuantizedRow row(columns);
    QuantizeRowsSpec spec = {columns, Element::F32};
    spec.rowRange = 127.5;
    KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
      buildQuantizeRows(b, loc, "quantize", spec, host());
    });
    auto quantize = [&](float least) {
      std::vector<float> x(paddedRowLength(columns, Element::F32), NAN);
      for (int64_t c = 0; c < columns; ++c)
        x[c] = least * float(c) / float(columns - 1);
      std::vector<int32_t> out(paddedRowLength(columns, Element::Q8), -1);
      runner.run("quantize", {x.data(), out.data()}, {1}, 0, 1);
      float scale = std::abs(least) / 127.5f;
      for (int64_t c = 0; c < columns; ++c) {
        int code = int8_t(out[c / 4] >> c % 4 * 8);
        float nearest = scale == 0 ? 0 : std::nearbyint(x[c] / scale);
        ASSERT_EQ(code, std::min(127.0f, std::max(-128.0f, nearest)))
            << columns << " columns, column " << c;
        float found;
        std::memcpy(&found, &out[row.scales + c / row.kGroup], sizeof(found));
        ASSERT_EQ(found, scale);
      }
    };
    quantize(-3);
    quantize(3);
    quantize(0);
  }
}

void GroupKernels::checkEmbedding() {
  std::vector<uint8_t> packed = matrix.pack();
  EmbeddingSpec spec = {matrix.rows, matrix.columns,
                        WeightFormat(*matrix.layout)};
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildEmbedding(b, loc, "embedding", spec, host());
  });
  std::vector<int32_t> tokens = {0, 71, 15, 16, 33};
  int64_t stride = paddedRowLength(matrix.columns, Element::F32);
  std::vector<float> out(tokens.size() * stride);
  runner.run("embedding", {tokens.data(), aligned(packed), out.data()},
             {int64_t(tokens.size())}, 0, tokens.size());
  for (auto [r, token] : llvm::enumerate(tokens))
    for (int64_t c = 0; c < matrix.columns; ++c)
      ASSERT_EQ(out[r * stride + c], matrix.value(token, c))
          << "token " << token << " column " << c;
}

class Groups : public GroupKernels, public testing::TestWithParam<Dtype> {
protected:
  // Not a whole span where a block is smaller than one.
  Groups()
      : GroupKernels(std::make_unique<GgmlCase>(
            GetParam(), 72,
            weights::getBlockElements(GetParam()) == 256  ? 768
            : weights::getBlockElements(GetParam()) == 64 ? 320
                                                          : 160)) {}
};

TEST_P(Groups, DecodedSumsAreThoseOfTheDecodedMatrix) { checkDecodedSums(); }

TEST_P(Groups, IntegerSumsAreExact) {
  // A type of each way to store codes, on all levels; the others here alone.
  bool everywhere =
      llvm::is_contained({Dtype::Q5_1, Dtype::Q8_0, Dtype::Q4_K, Dtype::Q6_K,
                          Dtype::IQ4_XS, Dtype::MXFP4, Dtype::TQ1_0},
                         GetParam());
  checkIntegerSums(everywhere ? levels() : std::vector<Capabilities>{host()});
}

TEST_P(Groups, EmbeddingGathersDecodedRows) { checkEmbedding(); }

INSTANTIATE_TEST_SUITE_P(
    , Groups,
    testing::Values(Dtype::Q4_0, Dtype::Q4_1, Dtype::Q5_0, Dtype::Q5_1,
                    Dtype::Q8_0, Dtype::Q2_K, Dtype::Q3_K, Dtype::Q4_K,
                    Dtype::Q5_K, Dtype::Q6_K, Dtype::IQ4_NL, Dtype::IQ4_XS,
                    Dtype::MXFP4, Dtype::NVFP4, Dtype::TQ1_0, Dtype::TQ2_0,
                    Dtype::IQ2_XXS, Dtype::IQ2_XS, Dtype::IQ2_S, Dtype::IQ3_XXS,
                    Dtype::IQ3_S, Dtype::IQ1_S, Dtype::IQ1_M),
    [](const testing::TestParamInfo<Dtype> &info) {
      return weights::getName(info.param).str();
    });

/// Encodings that no file of GGML's has: columns, and the type.
class OtherGroups
    : public GroupKernels,
      public testing::TestWithParam<std::pair<int64_t, const char *>> {
protected:
  OtherGroups()
      : GroupKernels(std::make_unique<AnyGroups>(GetParam().second, 72,
                                                 GetParam().first)) {}
};

TEST_P(OtherGroups, AreMultipliedAndGathered) {
  checkDecodedSums();
  // Tables are looked up in other ways on other levels.
  using Kind = compression::CodeValues::Kind;
  checkIntegerSums(matrix.layout->values.kind == Kind::Integers
                       ? std::vector<Capabilities>{host()}
                       : levels());
  checkEmbedding();
}

/// A table too large for registers, of integers that are not in order or of
/// other values.
const char *largeTable(bool ofIntegers) {
  static std::string texts[2];
  std::string &text = texts[ofIntegers];
  text = "!compression.group<!compression.codebook<[";
  for (int i = 0; i < 256; ++i)
    text += (i ? ", " : "") + (ofIntegers
                                   ? std::to_string(i * 77 % 251 - 125) + ".0"
                                   : std::to_string((i - 100) * 0.37));
  return (text += "]>, 32, scale = f16>").c_str();
}

INSTANTIATE_TEST_SUITE_P(
    , OtherGroups,
    testing::Values(
        std::pair(64, largeTable(true)), std::pair(64, largeTable(false)),
        std::pair(192, "!compression.group<ui4, 64, scale = f32, zero = ui4>"),
        std::pair(384, "!compression.group<i7, 128, scale = bf16>"),
        std::pair(96, "!compression.group<ui8, 32, scale = f16, zero = ui8>"),
        std::pair(80, "!compression.group<i1, 16, scale = f32, min = bf16>"),
        std::pair(256, "!compression.group<ui3, 32, "
                       "scale = !compression.group<ui5, 4, scale = f32>, "
                       "min = !compression.group<i7, 2, scale = f16>>"),
        std::pair(256, "!compression.group<i8, 256, scale = f32, zero = i4>"),
        // A scale for a whole row.
        std::pair(64, "!compression.group<i8, 64, scale = f32>"),
        std::pair(192, "!compression.group<i4, 192, scale = bf16>"),
        std::pair(1344, "!compression.group<i8, 1344, scale = f16>"),
        std::pair(8192,
                  "!compression.group<ui4, 8192, scale = f32, zero = ui5>"),
        // Floats for each group of one, and for all groups of another.
        std::pair(128, "!compression.group<ui4, 32, scale = f32, "
                       "min = !compression.group<ui6, 4, scale = bf16>>"),
        std::pair(160, "!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>"),
        std::pair(128, "!compression.group<f4E2M1FN, 16, scale = f8E4M3FN>"),
        std::pair(128, "!compression.group<f8E4M3FN, 64, scale = bf16>"),
        std::pair(96, "!compression.group<f8E5M2, 32, scale = f32>"),
        std::pair(192, "!compression.group<!compression.codebook<iq4_nl>, 32, "
                       "scale = f16>"),
        std::pair(320, "!compression.group<!compression.codebook<ternary>, 64, "
                       "scale = f16>"),
        std::pair(256, "!compression.group<!compression.codebook<fp4>, 8, "
                       "scale = f32, min = f16>"),
        std::pair(512, "!compression.group<!compression.codebook<nf4>, 64, "
                       "scale = !compression.group<ui8, 4, scale = f32, "
                       "min = f32>>")));

} // namespace
