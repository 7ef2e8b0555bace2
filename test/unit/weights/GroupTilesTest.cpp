//===- GroupTilesTest.cpp - Codes packed and found again ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Pack.h"
#include "compiler/weights/Packers.h"
#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/Grid.h"
#include "mlir/AsmParser/AsmParser.h"
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
        return uint32_t(i == place ? value : count - 1 - value);
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
  // Points of grids.
  for (int64_t bits : {9, 10, 11})
    checkEveryCode(PackedCodes(bits, /*units=*/8, /*unitBytes=*/4), 1 << bits);
}

/// Every point and bit of every grid in every cell, from an unpacked block into
/// tiles and back.
class Cells : public TensorSource {
public:
  Cells(llvm::StringRef encoding, mlir::MLIRContext &context)
      : type(mlir::cast<compression::GroupType>(
            mlir::parseType(encoding, &context))),
        layout(type, 16), blocks(type), grid(*layout.values.grid),
        block(blocks.bytes) {
    add({"w", Dtype::Coded, {1, blocks.columns}, "memory", type});
  }

  const uint8_t *read(const TensorInfo &, int64_t, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return block.data();
  }

  void fill(uint32_t seed) {
    for (int64_t at = 0; at < blocks.columns; at += grid.cellColumns) {
      uint32_t point = pointAt(at, seed);
      block[at] = uint8_t(point);
      block[at + 1] = uint8_t(point >> 8);
      block[at + 2] = bitsAt(at, seed);
    }
  }
  uint32_t pointAt(int64_t column, uint32_t seed) const {
    return (seed + 77 * column) & ((1 << grid.indexBits) - 1);
  }
  uint8_t bitsAt(int64_t column, uint32_t seed) const {
    return uint8_t((seed + column / grid.bitColumns) & ((1 << grid.bits) - 1));
  }

  compression::GroupType type;
  compression::GroupLayout layout;
  compression::BlockLayout blocks;
  const compression::Grid &grid;
  std::vector<uint8_t> block;
};

TEST(GroupTiles, KeepEveryPointOfGrids) {
  mlir::MLIRContext context;
  context.loadDialect<compression::CompressionDialect>();
  for (const compression::Grid &grid : compression::Grid::all()) {
    Cells cells("!compression.group<!compression.grid<" + grid.name.str() +
                    ">, 32, scale = !compression.group<ui4, 8, scale = f16>>",
                context);
    auto tensor =
        mlir::RankedTensorType::get({1, cells.blocks.columns}, cells.type);
    auto payload = cantFail(
        packWeight(cells, {"w"}, {tensor},
                   compression::GroupTilesAttr::get(&context, 16, false)));
    std::vector<uint8_t> packed(payload->getSize());
    for (uint32_t seed = 0; seed < 2048; ++seed) {
      cells.fill(seed);
      payload->write(0, packed);
      const auto &points = *cells.layout.points;
      for (int64_t c = 0; c < cells.blocks.columns; c += grid.cellColumns) {
        ASSERT_EQ(points.get(c / grid.cellColumns, 0, packed.data()),
                  cells.pointAt(c, seed))
            << grid.name.str();
        ASSERT_EQ(cells.layout.cellBits->get(c / grid.bitColumns, 0,
                                             packed.data() + points.bytes),
                  cells.bitsAt(c, seed))
            << grid.name.str();
      }
    }
  }
}

/// No bit is stored that the encoding does not need.
TEST(GroupLayout, TakesNoMoreThanItsCodes) {
  mlir::MLIRContext context;
  context.loadDialect<compression::CompressionDialect>();
  for (Dtype dtype :
       {Dtype::Q4_0,    Dtype::Q4_1,   Dtype::Q5_0,   Dtype::Q5_1,
        Dtype::Q8_0,    Dtype::Q2_K,   Dtype::Q3_K,   Dtype::Q4_K,
        Dtype::Q5_K,    Dtype::Q6_K,   Dtype::IQ4_NL, Dtype::IQ4_XS,
        Dtype::MXFP4,   Dtype::NVFP4,  Dtype::TQ1_0,  Dtype::TQ2_0,
        Dtype::IQ2_XXS, Dtype::IQ2_XS, Dtype::IQ2_S,  Dtype::IQ3_XXS,
        Dtype::IQ3_S,   Dtype::IQ1_S,  Dtype::IQ1_M}) {
    compression::GroupLayout layout(
        mlir::cast<compression::GroupType>(getWeightType(&context, dtype)), 16);
    int64_t stored = getBytes(dtype, 16 * layout.columns);
    EXPECT_EQ(layout.bytes, (stored + 63) / 64 * 64) << getName(dtype).str();
  }
}

} // namespace
