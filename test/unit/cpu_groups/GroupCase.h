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
#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/cpu/Numbers.h"
#include <cstring>

namespace swage::cpu::test {

/// A quantized matrix, element by element.
class GroupMatrix : public weights::TensorSource {
public:
  GroupMatrix(int64_t rows, int64_t columns) : rows(rows), columns(columns) {
    context.loadDialect<compression::CompressionDialect>();
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

  /// The code of an element less that of zero, and its group's factors.
  int64_t code(int64_t row, int64_t column) const {
    const uint8_t *found = block(row, column);
    int64_t code =
        int64_t(found[column % blocks->columns]) - layout->codes.bias;
    if (layout->zeros)
      code -=
          found[*blocks->zerosOffset + groupOf(column)] - layout->zeros->bias;
    return code;
  }
  float scale(int64_t row, int64_t column) const {
    return factor(layout->scales, blocks->scales, row, column);
  }
  float minimum(int64_t row, int64_t column) const {
    return layout->minima
               ? factor(*layout->minima, *blocks->minima, row, column)
               : 0;
  }

  /// The value, rounded as the encoding says.
  float value(int64_t row, int64_t column) const {
    float product = scale(row, column) * float(code(row, column));
    return layout->minima ? product + minimum(row, column) : product;
  }

  int64_t rows, columns;
  compression::GroupType type;
  std::optional<compression::GroupLayout> layout;
  std::optional<compression::BlockLayout> blocks;

protected:
  void setType(mlir::Type encoding) {
    type = mlir::cast<compression::GroupType>(encoding);
    layout.emplace(type, kTileRows);
    blocks.emplace(type);
    unpacked.resize(rows * columns / blocks->columns * blocks->bytes);
  }

  static weights::Dtype dtypeOf(compression::GroupLayout::Float type) {
    using compression::GroupLayout;
    return type == GroupLayout::Float::F32   ? weights::Dtype::F32
           : type == GroupLayout::Float::F16 ? weights::Dtype::F16
                                             : weights::Dtype::BF16;
  }

  mlir::MLIRContext context;
  /// All blocks, row after row.
  std::vector<uint8_t> unpacked;

private:
  const uint8_t *block(int64_t row, int64_t column) const {
    return &unpacked[(row * columns + column) / blocks->columns *
                     blocks->bytes];
  }
  int64_t groupOf(int64_t column) const {
    return column % blocks->columns / blocks->groupColumns;
  }
  float factor(const compression::GroupLayout::Factors &factors,
               const compression::BlockLayout::Factors &from, int64_t row,
               int64_t column) const {
    const uint8_t *found = block(row, column);
    int64_t group = groupOf(column),
            index = group / (blocks->groups() / from.floats);
    float number =
        weights::widen(dtypeOf(from.type), found + from.floatsOffset +
                                               index * floatBytes(from.type));
    return factors.codes ? number * float(found[*from.codesOffset + group] -
                                          factors.codes->bias)
                         : number;
  }
};

/// Random blocks of one of GGML's types.
class GgmlCase : public GroupMatrix {
public:
  GgmlCase(weights::Dtype dtype, int64_t rows, int64_t columns)
      : GroupMatrix(rows, columns), dtype(dtype),
        bytes(weights::getBytes(dtype, rows * columns)) {
    setType(weights::getWeightType(&context, dtype));
    add({"w", dtype, {rows, columns}, "memory"});
    Random random(11);
    for (uint8_t &byte : bytes)
      byte = uint8_t(int(random.next() * 1000) & 0xff);
    // Floats that are numbers, and a block of zeros.
    size_t size = weights::getBytes(dtype);
    for (size_t at = 0, i = 0; at < bytes.size(); at += size, ++i) {
      for (size_t offset : floats()) {
        float value = i == 1 ? 0 : 0.01f * (random.next() + 2);
        weights::narrow(weights::Dtype::F16, value, &bytes[at + offset]);
      }
      weights::unpackGgml(dtype, &bytes[at], *blocks,
                          &unpacked[i * blocks->bytes]);
    }
  }

  const uint8_t *read(const weights::TensorInfo &, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return bytes.data() + weights::getBytes(dtype, first);
  }

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

  weights::Dtype dtype;
  std::vector<uint8_t> bytes;
};

/// Random codes and factors of any encoding.
class AnyGroups : public GroupMatrix {
public:
  AnyGroups(llvm::StringRef encoding, int64_t rows, int64_t columns)
      : GroupMatrix(rows, columns) {
    setType(mlir::parseType(encoding, &context));
    add({"w", weights::Dtype::Coded, {rows, columns}, "memory", type});
    for (size_t at = 0; at < unpacked.size(); at += blocks->bytes)
      fillBlock(&unpacked[at]);
  }

  const uint8_t *read(const weights::TensorInfo &tensor, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return unpacked.data() + tensor.getBytes(first);
  }

private:
  void fillBlock(uint8_t *block) {
    fillCodes(layout->codes, block, blocks->columns);
    if (layout->zeros)
      fillCodes(*layout->zeros, block + *blocks->zerosOffset, blocks->groups());
    fillFactors(layout->scales, blocks->scales, block);
    if (layout->minima)
      fillFactors(*layout->minima, *blocks->minima, block);
  }

  void fillCodes(const compression::PackedCodes &packed, uint8_t *codes,
                 int64_t count) {
    int64_t bits = 0;
    for (const auto &plane : packed.planes)
      bits += plane.bits;
    for (int64_t i = 0; i < count; ++i)
      codes[i] = uint8_t(int(random.next() * 1000) & ((1 << bits) - 1));
  }

  void fillFactors(const compression::GroupLayout::Factors &factors,
                   const compression::BlockLayout::Factors &places,
                   uint8_t *block) {
    if (factors.codes)
      fillCodes(*factors.codes, block + *places.codesOffset, blocks->groups());
    for (int64_t i = 0; i < places.floats; ++i)
      weights::narrow(dtypeOf(places.type), 0.01f * (random.next() + 2),
                      block + places.floatsOffset +
                          i * floatBytes(places.type));
  }

  Random random{13};
};

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H
