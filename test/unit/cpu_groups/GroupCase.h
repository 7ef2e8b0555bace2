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
#include <cmath>
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

  /// The integer that is multiplied in dot products: the code's value, where
  /// `factor` counts as 1, less that of zero.
  int64_t integer(int64_t row, int64_t column) const {
    return int64_t(number(row, column) / layout->values.factor);
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
    float product = scale(row, column) * number(row, column);
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

  mlir::MLIRContext context;
  /// All blocks, row after row.
  std::vector<uint8_t> unpacked;

private:
  /// What the code stands for, less its zero.
  float number(int64_t row, int64_t column) const {
    const uint8_t *found = block(row, column);
    float value = layout->values.at(found, column % blocks->columns);
    if (layout->zeros)
      value -= float(found[*blocks->zerosOffset + groupOf(column)] -
                     layout->zeroBias);
    return value;
  }
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
    auto floatAt = [&](compression::GroupLayout::Float type, int64_t offset) {
      return compression::widen(type,
                                found + offset + index * floatBytes(type));
    };
    float number = floatAt(from.type, from.floatsOffset);
    if (factors.codes)
      number *= factors.values->at(found[*from.codesOffset + group]);
    return factors.addendType
               ? number + floatAt(*factors.addendType, from.addendsOffset)
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
      if (dtype == weights::Dtype::MXFP4)
        bytes[at] = 100 + bytes[at] % 20;
      if (dtype == weights::Dtype::IQ1_M) // The float's highest bits.
        bytes[at + 55] = (bytes[at + 55] & 0xf) | 0x20;
      int64_t perBlock = weights::getBlockElements(dtype) / blocks->columns;
      weights::unpackGgml(dtype, &bytes[at], *blocks,
                          &unpacked[i * perBlock * blocks->bytes]);
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
    case Dtype::TQ1_0:
      return {52};
    case Dtype::TQ2_0:
      return {64};
    case Dtype::MXFP4:
    case Dtype::NVFP4:
    case Dtype::IQ1_M:
      return {};
    case Dtype::Q4_0:
    case Dtype::Q5_0:
    case Dtype::Q8_0:
    case Dtype::IQ4_NL:
    case Dtype::IQ4_XS:
    case Dtype::IQ2_XXS:
    case Dtype::IQ2_XS:
    case Dtype::IQ2_S:
    case Dtype::IQ3_XXS:
    case Dtype::IQ3_S:
    case Dtype::IQ1_S:
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
    fillCodes(layout->values, block, blocks->columns);
    if (layout->zeros)
      for (int64_t g = 0; g < blocks->groups(); ++g)
        block[*blocks->zerosOffset + g] = below(1 << layout->zeros->bits);
    fillFactors(layout->scales, blocks->scales, block);
    if (layout->minima)
      fillFactors(*layout->minima, *blocks->minima, block);
  }

  /// Numbers: results with NaN cannot be compared.
  void fillCodes(const compression::CodeValues &values, uint8_t *codes,
                 int64_t count) {
    for (int64_t i = 0; i < count; ++i)
      do
        codes[i] = below(values.count);
      while (!std::isfinite(values.at(codes[i])));
  }

  void fillFactors(const compression::GroupLayout::Factors &factors,
                   const compression::BlockLayout::Factors &places,
                   uint8_t *block) {
    if (factors.codes)
      fillCodes(*factors.values, block + *places.codesOffset, blocks->groups());
    for (int64_t i = 0; i < places.floats; ++i) {
      fillFloat(places.type, block + places.floatsOffset, i);
      if (places.addendType)
        fillFloat(*places.addendType, block + places.addendsOffset, i);
    }
  }

  void fillFloat(compression::GroupLayout::Float type, uint8_t *floats,
                 int64_t index) {
    using Float = compression::GroupLayout::Float;
    uint8_t *to = floats + index * compression::floatBytes(type);
    if (compression::floatBytes(type) == 1)
      *to = type == Float::F8E8M0 ? 110 + below(20) : below(127);
    else
      weights::narrow(type == Float::F32   ? weights::Dtype::F32
                      : type == Float::F16 ? weights::Dtype::F16
                                           : weights::Dtype::BF16,
                      0.01f * (random.next() + 2), to);
  }

  uint8_t below(int64_t count) {
    return uint8_t(int64_t(std::abs(random.next()) * 1000) % count);
  }

  Random random{13};
};

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H
