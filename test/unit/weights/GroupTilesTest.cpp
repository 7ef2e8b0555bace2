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

uint8_t getCode(const PackedCodes &codes, int64_t unit, int64_t byte,
                const uint8_t *from) {
  uint8_t code = 0;
  for (const PackedCodes::Plane &plane : codes.planes) {
    uint8_t packed =
        from[plane.offset + plane.packed(unit) * codes.unitBytes + byte];
    code |= (packed >> plane.bit(unit) & ((1 << plane.bits) - 1))
            << plane.shift;
  }
  return code;
}

/// Every code value at every place, among neighbours with all other bits.
TEST(PackedCodes, KeepEveryCodeAtEveryPlace) {
  for (int64_t bits = 1; bits <= 8; ++bits)
    for (int64_t units : {1, 2, 8, 16}) {
      PackedCodes codes(bits, /*isUnsigned=*/true, units, /*unitBytes=*/4);
      int64_t mask = (1 << bits) - 1;
      for (int64_t value = 0; value <= mask; ++value)
        for (int64_t place = 0; place < units * 4; ++place) {
          std::vector<uint8_t> packed(codes.bytes);
          for (int64_t i = 0; i < units * 4; ++i)
            putCode(codes, i / 4, i % 4,
                    uint8_t(i == place ? value : ~value & mask), packed.data());
          for (int64_t i = 0; i < units * 4; ++i)
            ASSERT_EQ(getCode(codes, i / 4, i % 4, packed.data()),
                      i == place ? value : ~value & mask)
                << bits << " bits, " << units << " units, place " << i;
        }
    }
}

/// No bit is stored that the encoding does not need.
TEST(GroupLayout, TakesNoMoreThanItsCodes) {
  mlir::MLIRContext context;
  context.loadDialect<compression::CompressionDialect>();
  for (Dtype dtype :
       {Dtype::Q4_0, Dtype::Q4_1, Dtype::Q5_0, Dtype::Q5_1, Dtype::Q8_0,
        Dtype::Q2_K, Dtype::Q3_K, Dtype::Q4_K, Dtype::Q5_K, Dtype::Q6_K}) {
    compression::GroupLayout layout(
        mlir::cast<compression::GroupType>(getWeightType(&context, dtype)), 16);
    int64_t stored = getBytes(dtype, 16 * layout.columns);
    EXPECT_EQ(layout.bytes, (stored + 63) / 64 * 64) << getName(dtype).str();
  }
}

} // namespace
