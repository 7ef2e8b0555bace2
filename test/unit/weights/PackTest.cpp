//===- PackTest.cpp - Packed bytes, element by element -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Pack.h"
#include "compiler/weights/RandomSource.h"
#include "dialects/compression/Compression.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/MathExtras.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace swage;
using namespace swage::weights;

namespace {

struct Shape {
  int64_t rows, columns;
};

class Pack : public testing::Test {
protected:
  Pack() { context.loadDialect<compression::CompressionDialect>(); }

  /// Declares a tensor for each shape; `t0`, `t1` and so on.
  void declare(Dtype dtype, std::vector<std::vector<int64_t>> shapes) {
    for (auto &shape : shapes) {
      names.push_back("t" + std::to_string(names.size()));
      source.declare(names.back(), dtype, shape);
      types.push_back(
          RankedTensorType::get(shape, getWeightType(&context, dtype)));
    }
  }

  llvm::Expected<std::unique_ptr<Payload>> tryPack(Attribute layout) {
    std::vector<StringRef> refs(names.begin(), names.end());
    return packWeight(source, refs, types, layout);
  }

  /// The whole of the payload, made in pieces of `granules` granules.
  std::vector<uint8_t> pack(Attribute layout, int64_t granules) {
    auto payload = tryPack(layout);
    if (!payload) {
      ADD_FAILURE() << llvm::toString(payload.takeError());
      return {};
    }
    EXPECT_EQ(
        (*payload)->getSize(),
        uint64_t(cast<compression::LayoutAttrInterface>(layout).getStorageBytes(
            types)));
    std::vector<uint8_t> bytes((*payload)->getSize(), 0xcc);
    uint64_t step = granules * (*payload)->getGranule();
    for (uint64_t begin = 0; begin < bytes.size(); begin += step) {
      uint64_t n = std::min<uint64_t>(step, bytes.size() - begin);
      (*payload)->write(begin, {bytes.data() + begin, n});
    }
    return bytes;
  }

  /// The bytes of element (row, column) of tensor `part`, or zeros beyond it.
  std::vector<uint8_t> element(size_t part, int64_t row, int64_t column) {
    const TensorInfo &info = *source.find(names[part]);
    int64_t size = getBytes(info.dtype);
    if (row >= info.shape[0] || column >= info.shape[1])
      return std::vector<uint8_t>(size);
    llvm::SmallVector<uint8_t> scratch;
    const uint8_t *at =
        source.read(info, row * info.shape[1] + column, 1, scratch);
    return {at, at + size};
  }

  MLIRContext context;
  RandomSource source{7};
  std::vector<std::string> names;
  std::vector<RankedTensorType> types;
};

struct TileCase {
  Dtype dtype;
  int64_t rows, interleave;
  bool alternating;
  std::vector<Shape> parts;
};

/// Reads the packed bytes front to back, as the layout's description says.
class RowTiles : public Pack, public testing::WithParamInterface<TileCase> {};

TEST_P(RowTiles, HoldEachElementInItsPlace) {
  const TileCase &c = GetParam();
  std::vector<std::vector<int64_t>> shapes;
  for (Shape shape : c.parts)
    shapes.push_back({shape.rows, shape.columns});
  declare(c.dtype, shapes);
  auto layout = compression::RowTilesAttr::get(&context, c.rows, c.interleave,
                                               c.alternating);
  std::vector<uint8_t> bytes = pack(layout, 1);
  // The order of (part, tile).
  std::vector<std::pair<size_t, int64_t>> tiles;
  for (size_t part = 0; part < c.parts.size(); ++part)
    for (int64_t t = 0; t * c.rows < c.parts[part].rows; ++t)
      tiles.emplace_back(part, t);
  if (c.alternating)
    llvm::stable_sort(tiles, [](auto a, auto b) {
      // Two neighbouring parts take turns.
      return std::pair(a.first / 2, a.second) <
             std::pair(b.first / 2, b.second);
    });
  size_t at = 0, size = getBytes(c.dtype);
  for (auto [part, tile] : tiles)
    for (int64_t k = 0; k < c.parts[part].columns; k += c.interleave)
      for (int64_t r = 0; r < c.rows; ++r)
        for (int64_t i = 0; i < c.interleave; ++i, at += size) {
          ASSERT_LE(at + size, bytes.size());
          std::vector<uint8_t> found(bytes.begin() + at,
                                     bytes.begin() + at + size);
          ASSERT_EQ(found, element(part, tile * c.rows + r, k + i))
              << "part " << part << " tile " << tile << " k " << k << " row "
              << r;
        }
  EXPECT_EQ(at, bytes.size());
  EXPECT_EQ(pack(layout, 3), bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RowTiles,
    testing::Values(
        TileCase{Dtype::BF16, 16, 2, false, {{256, 64}}},
        TileCase{Dtype::BF16, 16, 2, false, {{48, 96}, {24, 96}, {24, 96}}},
        TileCase{Dtype::BF16, 16, 2, true, {{40, 130}, {40, 130}}},
        TileCase{Dtype::BF16, 16, 2, false, {{17, 33}}},
        TileCase{Dtype::F16, 16, 1, false, {{64, 200}, {5, 200}}},
        TileCase{Dtype::F32, 16, 1, false, {{33, 71}}},
        TileCase{Dtype::F32, 16, 1, true, {{32, 65}, {32, 65}}},
        TileCase{Dtype::BF16,
                 16,
                 2,
                 true,
                 {{40, 31}, {40, 31}, {40, 31}, {40, 31}, {40, 31}, {40, 31}}},
        TileCase{Dtype::F32, 8, 4, false, {{9, 10}}},
        TileCase{Dtype::F16, 3, 5, false, {{7, 11}}},
        TileCase{Dtype::F16, 1, 1, false, {{1, 1}}}));

TEST_F(Pack, RowMajorWidensAndPads) {
  for (Dtype dtype : {Dtype::F32, Dtype::F16, Dtype::BF16}) {
    names.clear();
    types.clear();
    source = RandomSource(3);
    declare(dtype, {{20}, {16}, {1}});
    auto layout = compression::RowMajorAttr::get(&context, 16);
    std::vector<uint8_t> bytes = pack(layout, 1);
    std::vector<float> wanted;
    for (const std::string &name : names) {
      const TensorInfo &info = *source.find(name);
      llvm::SmallVector<uint8_t> scratch;
      for (int64_t i = 0; i < info.shape[0]; ++i)
        wanted.push_back(widen(dtype, source.read(info, i, 1, scratch)));
      wanted.resize(llvm::alignTo(wanted.size(), 16));
    }
    ASSERT_EQ(bytes.size(), wanted.size() * sizeof(float));
    EXPECT_EQ(memcmp(bytes.data(), wanted.data(), bytes.size()), 0);
    EXPECT_EQ(pack(layout, 2), bytes);
  }
}

TEST_F(Pack, RefusesWhatTheSourceHasNot) {
  declare(Dtype::F16, {{4, 4}});
  auto layout = compression::RowTilesAttr::get(&context, 16, 1, false);
  types[0] = RankedTensorType::get({4, 4}, Float32Type::get(&context));
  EXPECT_EQ(llvm::toString(tryPack(layout).takeError()),
            "tensor 't0' in random:7: found [4, 4] F16, expected "
            "tensor<4x4xf32>");
  names[0] = "other";
  EXPECT_EQ(llvm::toString(tryPack(layout).takeError()),
            "tensor 'other' is not in the model's files");
  types[0] = RankedTensorType::get({4}, Float32Type::get(&context));
  EXPECT_NE(
      llvm::toString(tryPack(layout).takeError()).find("weight 'other': "),
      std::string::npos);
  EXPECT_EQ(llvm::toString(tryPack(UnitAttr::get(&context)).takeError()),
            "expected a layout and as many types as names");
}

} // namespace
