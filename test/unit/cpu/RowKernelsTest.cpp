//===- RowKernelsTest.cpp - RMS norm and embedding against plain loops ----===//
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

constexpr Element kElements[] = {Element::F32, Element::F16, Element::BF16};

void checkRmsNorm(const RmsNormSpec &spec) {
  SCOPED_TRACE(testing::Message()
               << spec.columns << " columns, output " << int(spec.output));
  constexpr int64_t rows = 5;
  int64_t xStride = paddedRowLength(spec.columns, Element::F32);
  int64_t outStride = paddedRowLength(spec.columns, spec.output);
  Buffer x(Element::F32, rows * xStride), weight(Element::F32, spec.columns);
  Buffer out(spec.output, rows * outStride);
  std::vector<int32_t> selected = {3, 0, 4, 4, 1};
  Random random(11);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < spec.columns; ++c)
      x.set(r * xStride + c, random.next() * std::exp2(float(r - 2)));
  for (int64_t c = 0; c < spec.columns; ++c)
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
    int64_t source = (spec.selectRows ? selected[r] : r) * xStride;
    double squares = 0;
    for (int64_t c = 0; c < spec.columns; ++c)
      squares += x.get(source + c) * x.get(source + c);
    double scale = 1 / std::sqrt(squares / spec.columns + spec.epsilon);
    for (int64_t c = 0; c < outStride; ++c) {
      double got = out.get(r * outStride + c);
      if (r == 4 || c >= spec.columns) {
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
        continue;
      }
      double want = x.get(source + c) * scale * weight.get(c);
      ASSERT_NEAR(got, want,
                  std::abs(want) * (0x1p-20 + Buffer::epsilon(spec.output)) +
                      (spec.output == Element::F16 ? 0x1p-24 : 0x1p-140))
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

void checkEmbedding(const EmbeddingSpec &spec) {
  SCOPED_TRACE(testing::Message()
               << spec.columns << " columns, weight " << int(spec.weight));
  int64_t e = tileInterleave(spec.weight);
  int64_t tileElements =
      tileBytes(spec.weight, spec.columns) / elementBytes(spec.weight);
  int64_t stride = paddedRowLength(spec.columns, Element::F32);
  Buffer table(spec.weight, (spec.vocabulary + 15) / 16 * tileElements);
  std::vector<int32_t> tokens = {0, int32_t(spec.vocabulary - 1), 17, 16, 17};
  Buffer out(Element::F32, int64_t(tokens.size()) * stride);
  auto at = [&](int64_t token, int64_t c) {
    return token / 16 * tileElements + c / e * e * 16 + token % 16 * e + c % e;
  };
  Random random(3);
  for (int64_t t = 0; t < spec.vocabulary; ++t)
    for (int64_t c = 0; c < spec.columns; ++c)
      table.set(at(t, c), random.next());
  KernelRunner runner(host(), [&](mlir::OpBuilder &b, mlir::Location loc) {
    buildEmbedding(b, loc, "embedding", spec, host());
  });
  runner.run("embedding", {tokens.data(), table.data(), out.data()},
             {int64_t(tokens.size())}, 0, tokens.size());
  for (size_t r = 0; r < tokens.size(); ++r)
    for (int64_t c = 0; c < stride; ++c) {
      double got = out.get(r * stride + c);
      if (c >= spec.columns)
        ASSERT_TRUE(std::isnan(got)) << "row " << r << " column " << c;
      else
        ASSERT_EQ(got, float(table.get(at(tokens[r], c))) * float(spec.scale))
            << "row " << r << " column " << c;
    }
}

TEST(Embedding, EveryWeightType) {
  for (Element weight : kElements)
    for (int64_t columns : {1, 5, 16, 96, 97})
      for (double scale : {1.0, 9.797958971132712})
        checkEmbedding({50, columns, weight, scale});
}

} // namespace
