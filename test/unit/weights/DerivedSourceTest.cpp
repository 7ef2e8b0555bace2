//===- DerivedSourceTest.cpp - Views of stored tensors -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/DerivedSource.h"
#include "compiler/weights/RandomSource.h"
#include "dialects/compression/Compression.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace swage::weights;

namespace {

/// Tensors of bytes and floats whose element i is i.
class CountingSource : public TensorSource {
public:
  CountingSource() {
    add({"matrix", Dtype::F32, {12, 5}, "f"});
    add({"vector", Dtype::F32, {12}, "f"});
    add({"experts", Dtype::F32, {3, 4, 5}, "f"});
  }
  const uint8_t *read(const TensorInfo &, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    scratch.resize_for_overwrite(count * 4);
    for (int64_t i = 0; i < count; ++i) {
      auto value = float(first + i);
      std::memcpy(scratch.data() + 4 * i, &value, 4);
    }
    return scratch.data();
  }
};

class Derived : public testing::Test {
protected:
  Derived() : source(std::make_unique<CountingSource>()) {}

  /// Derives a view, checks every range of it, and returns its rows.
  std::vector<float> rows(llvm::StringRef tensor, const View &view) {
    std::string name = "view" + std::to_string(views++);
    llvm::Error error = source.derive(name, tensor, view);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
    const TensorInfo &info = *source.find(name);
    std::vector<float> all = read(info, 0, info.getNumElements());
    for (size_t first = 0; first < all.size(); ++first)
      for (size_t count = 1; first + count <= all.size(); count += 3)
        EXPECT_EQ(read(info, first, count),
                  std::vector<float>(all.begin() + first,
                                     all.begin() + first + count));
    return all;
  }

  std::vector<float> read(const TensorInfo &info, int64_t first,
                          int64_t count) {
    llvm::SmallVector<uint8_t> scratch;
    const uint8_t *bytes = source.read(info, first, count, scratch);
    std::vector<float> values(count);
    std::memcpy(values.data(), bytes, count * 4);
    return values;
  }

  std::string failure(llvm::StringRef tensor, const View &view,
                      llvm::StringRef name = "new") {
    return llvm::toString(source.derive(name, tensor, view));
  }

  DerivedSource source;
  int views = 0;
};

/// The elements of these rows of five columns.
std::vector<float> matrixRows(std::initializer_list<int> rows) {
  std::vector<float> values;
  for (int row : rows)
    for (int column = 0; column < 5; ++column)
      values.push_back(float(row * 5 + column));
  return values;
}

TEST_F(Derived, PassesTensorsThrough) {
  const TensorInfo *info = source.find("matrix");
  ASSERT_TRUE(info);
  EXPECT_EQ(read(*info, 7, 3), (std::vector<float>{7, 8, 9}));
}

TEST_F(Derived, SlicesRows) {
  EXPECT_EQ(rows("matrix", View::slice(4, 3)), matrixRows({4, 5, 6}));
  EXPECT_EQ(rows("vector", View::slice(10, 2)), (std::vector<float>{10, 11}));
  // Row 1 of expert 2.
  EXPECT_EQ(rows("experts", View::slice(9, 1)), matrixRows({9}));
}

TEST_F(Derived, GathersInterleavedParts) {
  // Two heads of queries, keys and values with two channels each.
  EXPECT_EQ(rows("matrix", View::interleaved(2, 6, 2, 2)),
            matrixRows({2, 3, 8, 9}));
  EXPECT_EQ(rows("vector", View::interleaved(2, 6, 4, 2)),
            (std::vector<float>{4, 5, 10, 11}));
}

TEST_F(Derived, PermutesRows) {
  // Pairs (0, 1), (2, 3) of a head become halves: (0, 2), (1, 3).
  EXPECT_EQ(rows("matrix", View{false, 0, {3, 2, 2}, {4, 1, 2}}),
            matrixRows({0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11}));
}

TEST_F(Derived, Transposes) {
  std::vector<float> values = rows("matrix", View{true, 1, {3}, {1}});
  ASSERT_EQ(values.size(), 36u);
  EXPECT_EQ(source.find("view0")->shape,
            (llvm::SmallVector<int64_t, 2>{3, 12}));
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 12; ++column)
      EXPECT_EQ(values[row * 12 + column], float(column * 5 + row + 1));
  rows("matrix", View{true, 0, {2, 2}, {1, 2}});
}

TEST_F(Derived, RefusesWhatDoesNotFit) {
  EXPECT_EQ(failure("none", View::slice(0, 1)),
            "tensor 'none' is not in the model's files");
  EXPECT_EQ(failure("matrix", View::slice(10, 3)),
            "f: tensor 'matrix': a view of a tensor of shape [12, 5]: it has "
            "12 rows, and the view goes beyond them");
  EXPECT_EQ(failure("matrix", View{true, 0, {6}, {1}}),
            "f: tensor 'matrix': a view of a tensor of shape [12, 5]: it has 5 "
            "rows, and the view goes beyond them");
  constexpr int64_t kHuge = int64_t(1) << 62;
  for (const View &view :
       {View{false, 0, {kHuge, 8}, {1, 1}}, View{false, 0, {2}, {kHuge}},
        View{false, kHuge, {1}, {1}}, View{false, 0, {kHuge}, {kHuge}}})
    EXPECT_NE(failure("matrix", view).find("goes beyond"), std::string::npos);
  EXPECT_NE(failure("matrix", View{false, 0, {2}, {}}).find("1 sizes and 0"),
            std::string::npos);
  EXPECT_NE(failure("matrix", View{false, -1, {2}, {1}}).find("no negative"),
            std::string::npos);
  EXPECT_NE(failure("vector", View{true, 0, {2}, {1}}).find("only a matrix"),
            std::string::npos);
  EXPECT_EQ(failure("matrix", View::slice(0, 1), "vector"),
            "there are two tensors named 'vector'");
}

/// Rows of two unpacked blocks, whose bytes count up.
class CodedSource : public TensorSource {
public:
  CodedSource(mlir::Type type) {
    add({"matrix", Dtype::Coded, {6, 64}, "f", type});
  }
  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    scratch.clear();
    for (int64_t i = 0; i < tensor.getBytes(count); ++i)
      scratch.push_back(uint8_t(tensor.getBytes(first) + i));
    return scratch.data();
  }
};

TEST(DerivedBlocks, AreWhatTheEncodingTakes) {
  mlir::MLIRContext context;
  context.loadDialect<swage::compression::CompressionDialect>();
  mlir::Type type = mlir::parseType(
      "!compression.group<ui4, 32, scale = f16, zero = ui5>", &context);
  DerivedSource source(std::make_unique<CodedSource>(type));
  constexpr int64_t kRow = 2 * (32 + 1 + 2);
  cantFail(source.derive("odd", "matrix", View::interleaved(3, 2, 1, 1)));
  const TensorInfo &odd = *source.find("odd");
  EXPECT_EQ(odd.getBlockElements(), 32);
  EXPECT_EQ(odd.getBytes(64), kRow);
  EXPECT_EQ(odd.getWeightType(&context), type);
  EXPECT_EQ(odd.describe(),
            "[3, 64] !compression.group<ui4, 32, scale = f16, zero = ui5>");
  llvm::SmallVector<uint8_t> scratch;
  // From the second block of row 1 to the first of row 5.
  const uint8_t *bytes = source.read(odd, 32, 4 * 32, scratch);
  for (int64_t i = 0; i < 2 * kRow; ++i) {
    int64_t at = kRow / 2 + i;
    EXPECT_EQ(bytes[i], uint8_t((2 * (at / kRow) + 1) * kRow + at % kRow));
  }
  std::string why =
      llvm::toString(source.derive("turned", "matrix", {true, 0, {64}, {1}}));
  EXPECT_NE(why.find("stored along the rows"), std::string::npos) << why;
}

} // namespace
