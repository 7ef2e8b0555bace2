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
#include "compiler/weights/Packers.h"
#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/cpu/Numbers.h"
#include <cstring>

namespace swage::cpu::test {

/// A quantized matrix, element by element.
class GroupMatrix {
public:
  GroupMatrix(int64_t rows, int64_t columns) : rows(rows), columns(columns) {
    context.loadDialect<compression::CompressionDialect>();
  }
  virtual ~GroupMatrix() = default;

  /// The matrix in group tiles.
  virtual std::vector<uint8_t> pack() = 0;
  /// The code of an element less that of zero, and its group's factors.
  virtual int64_t code(int64_t row, int64_t column) const = 0;
  virtual float scale(int64_t row, int64_t column) const = 0;
  virtual float minimum(int64_t row, int64_t column) const = 0;

  /// The value, rounded as the encoding says.
  float value(int64_t row, int64_t column) const {
    float product = scale(row, column) * float(code(row, column));
    return layout->minima ? product + minimum(row, column) : product;
  }

  int64_t rows, columns;
  compression::GroupType type;
  std::optional<compression::GroupLayout> layout;

protected:
  void setType(mlir::Type encoding) {
    type = mlir::cast<compression::GroupType>(encoding);
    layout.emplace(type, kTileRows);
  }

  mlir::MLIRContext context;
};

/// Random blocks of one of GGML's types.
class GroupCase : public GroupMatrix, public weights::TensorSource {
public:
  GroupCase(weights::Dtype dtype, int64_t rows, int64_t columns)
      : GroupMatrix(rows, columns), dtype(dtype),
        bytes(weights::getBytes(dtype, rows * columns)) {
    setType(weights::getWeightType(&context, dtype));
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

  std::vector<uint8_t> pack() override {
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

  int64_t code(int64_t row, int64_t column) const override {
    return int64_t(block(row, column).codes[column % layout->blockColumns]) -
           layout->codes.bias;
  }
  float scale(int64_t row, int64_t column) const override {
    weights::GroupBlock found = block(row, column);
    return factor(layout->scales, found.scaleCodes, found.scale, column);
  }
  float minimum(int64_t row, int64_t column) const override {
    if (!layout->minima)
      return 0;
    weights::GroupBlock found = block(row, column);
    return factor(*layout->minima, found.minCodes, found.minimum, column);
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

  float factor(const compression::GroupLayout::Factors &factors,
               const uint8_t *codes, uint16_t bits, int64_t column) const {
    float number = weights::widen(weights::Dtype::F16,
                                  reinterpret_cast<const uint8_t *>(&bits));
    if (!factors.codes)
      return number;
    int64_t group = column % layout->blockColumns / layout->groupColumns;
    return number * float(int64_t(codes[group]) - factors.codes->bias);
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
    auto fill = [&](std::vector<uint8_t> &codes,
                    const compression::PackedCodes &packed, int64_t each) {
      int64_t bits = 0;
      for (const auto &plane : packed.planes)
        bits += plane.bits;
      codes.resize(rows * columns / each);
      for (uint8_t &code : codes)
        code = uint8_t(int(random.next() * 1000) & ((1 << bits) - 1));
    };
    fill(codes, layout->codes, 1);
    if (layout->zeros)
      fill(zeros, *layout->zeros, layout->groupColumns);
    for (auto [field, factors] : fields()) {
      if (factors->codes)
        fill(field->codes, *factors->codes, layout->groupColumns);
      field->floats.resize(rows * columns);
      for (float &number : field->floats) {
        uint8_t element[4];
        weights::narrow(dtypeOf(*factors), 0.01f * (random.next() + 2),
                        element);
        number = weights::widen(dtypeOf(*factors), element);
      }
    }
  }

  std::vector<uint8_t> pack() override {
    int64_t tileBytes = layout->tileBytes(columns), perSpan = layout->groups();
    std::vector<uint8_t> out((rows + 15) / 16 * tileBytes);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < columns; ++c) {
        uint8_t *span =
            &out[r / 16 * tileBytes + c / layout->columns * layout->bytes];
        int64_t in = c % layout->columns, group = in / layout->groupColumns;
        weights::putCode(layout->codes, in % 64 / 4, r % 16 * 4 + c % 4,
                         codes[r * columns + c],
                         span + in / 64 * layout->codes.bytes);
        if (c % layout->groupColumns)
          continue;
        if (layout->zeros)
          weights::putCode(*layout->zeros, group, r % 16, zeros[groupOf(r, c)],
                           span + layout->zerosOffset);
        for (auto [field, factors] : fields()) {
          if (factors->codes)
            weights::putCode(*factors->codes, group, r % 16,
                             field->codes[groupOf(r, c)],
                             span + factors->codesOffset);
          int64_t index = group / (perSpan / factors->floats);
          weights::narrow(dtypeOf(*factors), number(*field, *factors, r, c),
                          span + factors->floatsOffset +
                              (index * 16 + r % 16) *
                                  compression::floatBytes(factors->type));
        }
      }
    return out;
  }

  int64_t code(int64_t row, int64_t column) const override {
    int64_t found = codes[row * columns + column] - layout->codes.bias;
    return layout->zeros
               ? found - (zeros[groupOf(row, column)] - layout->zeros->bias)
               : found;
  }
  float scale(int64_t row, int64_t column) const override {
    return factor(scales, layout->scales, row, column);
  }
  float minimum(int64_t row, int64_t column) const override {
    return factor(minima, *layout->minima, row, column);
  }

private:
  using Factors = compression::GroupLayout::Factors;
  struct Field {
    std::vector<uint8_t> codes; ///< of each group
    std::vector<float> floats;  ///< more than are needed
  };

  std::vector<std::pair<Field *, const Factors *>> fields() {
    std::vector<std::pair<Field *, const Factors *>> all = {
        {&scales, &layout->scales}};
    if (layout->minima)
      all.emplace_back(&minima, &*layout->minima);
    return all;
  }
  static weights::Dtype dtypeOf(const Factors &factors) {
    using compression::GroupLayout;
    return factors.type == GroupLayout::Float::F32   ? weights::Dtype::F32
           : factors.type == GroupLayout::Float::F16 ? weights::Dtype::F16
                                                     : weights::Dtype::BF16;
  }
  int64_t groupOf(int64_t row, int64_t column) const {
    return (row * columns + column) / layout->groupColumns;
  }
  /// The float that the groups of a span share.
  float number(const Field &field, const Factors &factors, int64_t row,
               int64_t column) const {
    return field
        .floats[(row * columns + column) / (layout->columns / factors.floats)];
  }
  float factor(const Field &field, const Factors &factors, int64_t row,
               int64_t column) const {
    float found = number(field, factors, row, column);
    return factors.codes ? found * float(field.codes[groupOf(row, column)] -
                                         factors.codes->bias)
                         : found;
  }

  Random random{13};
  std::vector<uint8_t> codes, zeros;
  Field scales, minima;
};

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_GROUPS_GROUPCASE_H
