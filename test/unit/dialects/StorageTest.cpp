//===- StorageTest.cpp - Bytes of layouts and tables ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/schedule/Schedule.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace swage;

namespace {

class StorageTest : public testing::Test {
protected:
  StorageTest() {
    context
        .loadDialect<compression::CompressionDialect, schedule::ScheduleDialect,
                     transformer::TransformerDialect>();
  }

  /// Bytes of parts of these types.
  int64_t bytes(StringRef layout, ArrayRef<StringRef> parts) {
    SmallVector<RankedTensorType> types;
    for (StringRef part : parts)
      types.push_back(cast<RankedTensorType>(parseType(part, &context)));
    auto attr = cast<compression::LayoutAttrInterface>(
        parseAttribute(layout, &context));
    EXPECT_EQ(attr.checkParts(types), "");
    return attr.getStorageBytes(types);
  }

  MLIRContext context;
};

TEST_F(StorageTest, RowTilesPadEachPartToWholeTiles) {
  StringRef layout = "#compression.row_tiles<rows = 16, interleave = 1>";
  EXPECT_EQ(bytes(layout, {"tensor<32x10xf16>"}), 32 * 10 * 2);
  EXPECT_EQ(bytes(layout, {"tensor<17x10xf32>"}), 32 * 10 * 4);
  EXPECT_EQ(bytes(layout, {"tensor<1x10xf16>", "tensor<17x10xf16>"}),
            (16 + 32) * 10 * 2);
}

TEST_F(StorageTest, RowTilesPadColumnsToTheInterleave) {
  EXPECT_EQ(bytes("#compression.row_tiles<rows = 8, interleave = 4>",
                  {"tensor<8x9xbf16>"}),
            8 * 12 * 2);
}

TEST_F(StorageTest, AlternatingTakesTheSameMemory) {
  StringRef parts[] = {"tensor<20x6xbf16>", "tensor<20x6xbf16>"};
  EXPECT_EQ(
      bytes("#compression.row_tiles<rows = 16, interleave = 2, alternating>",
            parts),
      2 * 32 * 6 * 2);
}

TEST_F(StorageTest, RowMajorIsF32WhateverTheEncoding) {
  EXPECT_EQ(bytes("#compression.row_major<pad = 16>",
                  {"tensor<17xf16>", "tensor<16xf32>"}),
            (32 + 16) * 4);
}

TEST_F(StorageTest, SizesDoNotOverflow32Bits) {
  EXPECT_EQ(bytes("#compression.row_tiles<rows = 16, interleave = 1>",
                  {"tensor<262144x16384xf32>"}),
            int64_t(262144) * 16384 * 4);
}

TEST_F(StorageTest, PhasesHoldFineAndCoarseRows) {
  OpBuilder builder(&context);
  auto rope = cast<transformer::RopeAttr>(parseAttribute(
      "#transformer.rope<dims = 32, theta = 1.0e+04>", &context));
  auto phases = [&](int64_t positions, int64_t step) {
    OwningOpRef<schedule::PhasesOp> op = schedule::PhasesOp::create(
        builder, builder.getUnknownLoc(), builder.getStringAttr("rope"), rope,
        builder.getI64IntegerAttr(positions), builder.getI64IntegerAttr(step),
        StringAttr());
    return op->getStorageBytes();
  };
  EXPECT_EQ(phases(1024, 256), (256 + 4) * 32 * 4);
  EXPECT_EQ(phases(1025, 256), (256 + 5) * 32 * 4);
}

} // namespace
