//===- GroupTilesTest.cpp - Codes packed and found again ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Pack.h"
#include "compiler/weights/Packers.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::weights;
using compression::PackedCodes;

namespace {

/// Every code value at every place, among neighbours with all other bits.
void checkEveryCode(const PackedCodes &codes, int64_t count) {
  for (int64_t value = 0; value < count; ++value)
    for (int64_t place = 0; place < codes.units * 4; ++place) {
      std::vector<uint8_t> packed(codes.bytes);
      auto codeAt = [&](int64_t i) {
        return uint8_t(i == place ? value : count - 1 - value);
      };
      for (int64_t i = 0; i < codes.units * 4; ++i)
        codes.put(i / 4, i % 4, codeAt(i), packed.data());
      for (int64_t i = 0; i < codes.units * 4; ++i)
        ASSERT_EQ(codes.get(i / 4, i % 4, packed.data()), codeAt(i))
            << count << " codes, " << codes.units << " units, place " << i;
    }
}

TEST(PackedCodes, KeepEveryCodeAtEveryPlace) {
  for (int64_t units : {1, 2, 8, 16, 64}) {
    for (int64_t bits = 1; bits <= 8; ++bits)
      checkEveryCode(PackedCodes(bits, units, /*unitBytes=*/4), 1 << bits);
    checkEveryCode(PackedCodes::digits(units, /*unitBytes=*/4), 3);
  }
}

/// No bit is stored that the encoding does not need.
TEST(GroupLayout, TakesNoMoreThanItsCodes) {
  mlir::MLIRContext context;
  context.loadDialect<compression::CompressionDialect>();
  for (Dtype dtype : {Dtype::Q4_0, Dtype::Q4_1, Dtype::Q5_0, Dtype::Q5_1,
                      Dtype::Q8_0, Dtype::Q2_K, Dtype::Q3_K, Dtype::Q4_K,
                      Dtype::Q5_K, Dtype::Q6_K, Dtype::IQ4_NL, Dtype::IQ4_XS,
                      Dtype::MXFP4, Dtype::NVFP4, Dtype::TQ1_0, Dtype::TQ2_0}) {
    compression::GroupLayout layout(
        mlir::cast<compression::GroupType>(getWeightType(&context, dtype)), 16);
    int64_t stored = getBytes(dtype, 16 * layout.columns);
    EXPECT_EQ(layout.bytes, (stored + 63) / 64 * 64) << getName(dtype).str();
  }
}

} // namespace
