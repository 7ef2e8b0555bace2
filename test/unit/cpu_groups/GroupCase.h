//===- GroupCase.h - Quantized matrices for kernel tests --------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H
#define SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H

#include "compiler/weights/GgmlBlocks.h"
#include "compiler/weights/Pack.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/cpu/Numbers.h"
#include <cstring>

namespace swage::cpu::test {

/// One matrix of random blocks of one of GGML's types.
class GroupCase : public weights::TensorSource {
public:
  GroupCase(weights::Dtype dtype, int64_t rows, int64_t columns)
      : dtype(dtype), rows(rows), columns(columns),
        bytes(weights::getBytes(dtype, rows * columns)) {
    context.loadDialect<compression::CompressionDialect>();
    type = mlir::cast<compression::GroupType>(
        weights::getWeightType(&context, dtype));
    layout.emplace(type, kTileRows);
    add({"w", dtype, {rows, columns}, "memory"});
    Random random(11);
    for (uint8_t &byte : bytes)
      byte = uint8_t(int(random.next() * 1000) & 0xff);
    // Floats that are numbers, and a block of zeros.
    size_t block = weights::getBytes(dtype);
    for (size_t at = 0; at < bytes.size(); at += block)
      for (size_t offset : floats()) {
        float value = at == block ? 0 : 0.01f * (random.next() + 2);
        weights::narrow(weights::Dtype::F16, value, &bytes[at + offset]);
      }
  }

  const uint8_t *read(const weights::TensorInfo &, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return bytes.data() + weights::getBytes(dtype, first);
  }

  /// The matrix in group tiles.
  std::vector<uint8_t> pack() {
    auto tensor = mlir::RankedTensorType::get({rows, columns}, type);
    auto payload = cantFail(weights::packWeight(
        *this, {"w"}, {tensor},
        compression::GroupTilesAttr::get(&context, kTileRows, false)));
    std::vector<uint8_t> packed(payload->getSize());
    payload->write(0, packed);
    return packed;
  }

  /// What a block of the file stores.
  weights::GroupBlock block(int64_t row, int64_t column) const {
    weights::GroupBlock found;
    int64_t element =
        row * columns + column / layout->blockColumns * layout->blockColumns;
    weights::unpackGgml(dtype, bytes.data() + weights::getBytes(dtype, element),
                        found);
    return found;
  }

  int64_t code(int64_t row, int64_t column) const {
    return int64_t(block(row, column).codes[column % layout->blockColumns]) -
           layout->codes.bias;
  }
  float scale(int64_t row, int64_t column) const {
    weights::GroupBlock found = block(row, column);
    return factor(layout->scales, found.scaleCodes, found.scale, column);
  }
  float minimum(int64_t row, int64_t column) const {
    if (!layout->minima)
      return 0;
    weights::GroupBlock found = block(row, column);
    return factor(*layout->minima, found.minCodes, found.minimum, column);
  }
  /// The value, rounded as the encoding says.
  float value(int64_t row, int64_t column) const {
    float product = scale(row, column) * float(code(row, column));
    return layout->minima ? product + minimum(row, column) : product;
  }

  weights::Dtype dtype;
  int64_t rows, columns;
  compression::GroupType type;
  std::optional<compression::GroupLayout> layout;

private:
  /// Where a block has its 16-bit floats.
  std::vector<size_t> floats() const {
    using weights::Dtype;
    switch (dtype) {
    case Dtype::Q2_K:
      return {80, 82};
    case Dtype::Q3_K:
      return {108};
    case Dtype::Q6_K:
      return {208};
    case Dtype::Q4_0:
    case Dtype::Q5_0:
    case Dtype::Q8_0:
      return {0};
    default:
      return {0, 2};
    }
  }

  float factor(const compression::GroupLayout::Factors &factors,
               const uint8_t *codes, uint16_t bits, int64_t column) const {
    float number = weights::widen(weights::Dtype::F16,
                                  reinterpret_cast<const uint8_t *>(&bits));
    if (!factors.codes)
      return number;
    int64_t group = column % layout->blockColumns / layout->groupColumns;
    return number * float(int64_t(codes[group]) - factors.codes->bias);
  }

  mlir::MLIRContext context;
  std::vector<uint8_t> bytes;
};

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H
