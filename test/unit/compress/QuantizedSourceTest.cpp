//===- QuantizedSourceTest.cpp - Floats that become codes when read -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/QuantizedSource.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::compress;
using weights::Dtype;
using weights::TensorInfo;

namespace {

/// One matrix `w` of 4 rows of 64 floats, and a vector.
class Matrix : public weights::TensorSource {
public:
  explicit Matrix(std::vector<float> values) : values(std::move(values)) {
    add({"w", Dtype::F32, {4, 64}, "file"});
    add({"v", Dtype::F32, {64}, "file"});
  }
  const uint8_t *read(const TensorInfo &, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return reinterpret_cast<const uint8_t *>(values.data() + first);
  }

private:
  std::vector<float> values;
};

class Source : public testing::Test {
protected:
  Source() {
    context.loadDialect<compression::CompressionDialect>();
    for (int i = 0; i < 256; ++i)
      values.push_back(float(i % 17 - 8) * float(1 + i / 32));
  }

  QuantizedSource make(bool measure = false) {
    llvm::StringMap<compression::GroupType> encodings;
    encodings["w"] = mlir::cast<compression::GroupType>(
        mlir::parseType("!compression.group<i4, 32, scale = f16>", &context));
    return QuantizedSource(std::make_unique<Matrix>(values), encodings,
                           measure);
  }

  static std::vector<uint8_t> readAll(const QuantizedSource &source,
                                      int64_t rows) {
    const TensorInfo &tensor = *source.find("w");
    std::vector<uint8_t> bytes;
    for (int64_t row = 0; row < 4; row += rows) {
      llvm::SmallVector<uint8_t, 0> scratch;
      const uint8_t *from = source.read(tensor, row * 64, rows * 64, scratch);
      bytes.insert(bytes.end(), from, from + tensor.getBytes(rows * 64));
    }
    return bytes;
  }

  mlir::MLIRContext context;
  std::vector<float> values;
};

TEST_F(Source, HandsOutBlocksOfTheEncoding) {
  QuantizedSource source = make();
  EXPECT_EQ(source.find("w")->dtype, Dtype::Coded);
  EXPECT_EQ(source.find("w")->getBytes(64), 2 * (32 + 2));
  EXPECT_EQ(source.find("v")->dtype, Dtype::F32);
  EXPECT_EQ(readAll(source, 4), readAll(source, 1));
  llvm::SmallVector<uint8_t, 0> scratch;
  const uint8_t *vector = source.read(*source.find("v"), 0, 64, scratch);
  EXPECT_EQ(std::memcmp(vector, values.data(), 64 * sizeof(float)), 0);
  EXPECT_FALSE(bool(source.takeProblem()));
}

TEST_F(Source, MeasuresErrors) {
  QuantizedSource source = make(/*measure=*/true);
  readAll(source, 4);
  QuantizationError error = source.getError("w");
  double squared = 0;
  for (float value : values)
    squared += double(value) * value;
  EXPECT_EQ(error.squaredValues, squared);
  // 17 values and 16 codes: the largest one is clipped, or all are a bit off.
  EXPECT_GT(error.relative(), 1e-5);
  EXPECT_LT(error.relative(), 1e-2);
  EXPECT_GT(error.cosine(), 0.995);
  // Rows that are read again count once.
  readAll(source, 1);
  EXPECT_EQ(source.getError("w").squaredError, error.squaredError);
  EXPECT_EQ(source.getError("v").squaredValues, 0);
}

TEST_F(Source, NamesTheFirstValueThatIsNoNumber) {
  values[200] = NAN;
  values[100] = INFINITY;
  QuantizedSource source = make();
  readAll(source, 2);
  EXPECT_EQ(llvm::toString(source.takeProblem()),
            "tensor 'w' in file cannot be encoded: the value at [1, 36] is "
            "infinite");
  values[100] = 0;
  QuantizedSource other = make();
  readAll(other, 4);
  EXPECT_EQ(llvm::toString(other.takeProblem()),
            "tensor 'w' in file cannot be encoded: the value at [3, 8] is not "
            "a number");
}

TEST_F(Source, NamesValuesThatAreTooLarge) {
  values[70] = 1e30f;
  QuantizedSource source = make();
  readAll(source, 4);
  EXPECT_EQ(llvm::toString(source.takeProblem()),
            "tensor 'w' in file cannot be encoded: the value at [1, 0] and its "
            "neighbours need a scale that is too large for the encoding's type "
            "of scales");
}

} // namespace
