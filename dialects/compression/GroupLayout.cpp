//===- GroupLayout.cpp - Where a span of group tiles has what -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/GroupLayout.h"
#include "dialects/compression/Compression.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <numeric>

using namespace mlir;

namespace swage::compression {

PackedCodes::PackedCodes(int64_t bits, int64_t units, int64_t unitBytes)
    : bits(bits), units(units), unitBytes(unitBytes), bytes(0) {
  int64_t shift = 0;
  for (int64_t width : {8, 4, 2, 1}) {
    if (!(bits & width))
      continue;
    int64_t stride = llvm::divideCeil(units * width, 8);
    planes.push_back({width, shift, bytes, stride});
    shift += width;
    bytes += stride * unitBytes;
  }
}

PackedCodes PackedCodes::digits(int64_t units, int64_t unitBytes) {
  PackedCodes codes(/*bits=*/0, units, unitBytes);
  codes.bits = 2;
  codes.digitStride = llvm::divideCeil(units, 5);
  codes.bytes = codes.digitStride * unitBytes;
  return codes;
}

/// Powers of 3 that the digits of a byte count, the first digit first.
static constexpr int64_t kDigitWeights[] = {81, 27, 9, 3, 1};

void PackedCodes::put(int64_t unit, int64_t byte, uint32_t code,
                      uint8_t *packed) const {
  if (digitStride) {
    uint8_t &place = packed[unit % digitStride * unitBytes + byte];
    int64_t number =
        place * 243 / 256 + code * kDigitWeights[unit / digitStride];
    place = llvm::divideCeil(number * 256, 243);
    return;
  }
  for (const Plane &plane : planes) {
    uint8_t part = code >> plane.shift & ((1 << plane.bits) - 1);
    packed[plane.offset + plane.packed(unit) * unitBytes + byte] |=
        part << plane.bit(unit);
  }
}

uint32_t PackedCodes::get(int64_t unit, int64_t byte,
                          const uint8_t *packed) const {
  if (digitStride) {
    uint8_t place = packed[unit % digitStride * unitBytes + byte];
    for (int64_t digit = unit / digitStride; digit > 0; --digit)
      place *= 3;
    return place * 3 >> 8;
  }
  uint32_t code = 0;
  for (const Plane &plane : planes) {
    uint8_t part = packed[plane.offset + plane.packed(unit) * unitBytes + byte];
    code |= (part >> plane.bit(unit) & ((1 << plane.bits) - 1)) << plane.shift;
  }
  return code;
}

/// Whether codes of that type are digits of base 3.
static bool areDigits(Type codes) {
  auto codebook = dyn_cast<CodebookType>(codes);
  return codebook && codebook.getValues().size() == 3;
}

static PackedCodes codesOf(Type type, int64_t units, int64_t unitBytes) {
  if (isa<GridType>(type))
    return PackedCodes(/*bits=*/0, units, unitBytes);
  return areDigits(type) ? PackedCodes::digits(units, unitBytes)
                         : PackedCodes(getCodeBits(type), units, unitBytes);
}

GroupLayout::Float getFloat(Type type) {
  using Float = GroupLayout::Float;
  return type.isF32()                   ? Float::F32
         : type.isF16()                 ? Float::F16
         : type.isBF16()                ? Float::BF16
         : isa<Float8E8M0FNUType>(type) ? Float::F8E8M0
                                        : Float::F8E4M3;
}

float widen(GroupLayout::Float type, const uint8_t *bytes) {
  using Float = GroupLayout::Float;
  const llvm::fltSemantics &semantics =
      type == Float::F32      ? llvm::APFloat::IEEEsingle()
      : type == Float::F16    ? llvm::APFloat::IEEEhalf()
      : type == Float::BF16   ? llvm::APFloat::BFloat()
      : type == Float::F8E8M0 ? llvm::APFloat::Float8E8M0FNU()
                              : llvm::APFloat::Float8E4M3FN();
  uint32_t bits = 0;
  std::memcpy(&bits, bytes, floatBytes(type));
  llvm::APFloat value(semantics, llvm::APInt(8 * floatBytes(type), bits));
  bool inexact;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &inexact);
  return value.convertToFloat();
}

static GroupLayout::Factors factorsOf(Type type, int64_t groups, int64_t rows) {
  GroupLayout::Factors factors = {};
  factors.floats = groups;
  if (auto group = dyn_cast<GroupType>(type)) {
    factors.codes = codesOf(group.getCodes(), groups, rows);
    factors.values = CodeValues(group.getCodes());
    factors.floats = groups / group.getSize();
    if (Type addend = group.getMinimum())
      factors.addendType = getFloat(addend);
    type = group.getScale();
  }
  factors.type = getFloat(type);
  return factors;
}

/// Columns whose codes stand together.
static int64_t codeColumnsOf(GroupType type) {
  return areDigits(type.getCodes()) || isa<GridType>(type.getCodes())
             ? Grid::kColumns
             : GroupLayout::kChunk;
}

GroupLayout::GroupLayout(GroupType type, int64_t rows)
    : GroupLayout(type, rows,
                  std::lcm(type.getBlockColumns(), codeColumnsOf(type))) {
  // Where little stands behind the codes, padding would be much.
  while (int64_t(llvm::alignTo(bytes, 64)) - bytes > bytes / 20)
    *this = GroupLayout(type, rows, columns * 2);
  bytes = llvm::alignTo(bytes, 64);
}

GroupLayout::GroupLayout(GroupType type, int64_t rows, int64_t columns)
    : rows(rows), columns(columns), blockColumns(type.getBlockColumns()),
      groupColumns(type.getSize()), codeColumns(codeColumnsOf(type)),
      values(type.getCodes()),
      codes(codesOf(type.getCodes(), codeColumns / kInterleave,
                    kInterleave * rows)) {
  if (const Grid *grid = values.grid) {
    points.emplace(grid->indexBits, codeColumns / grid->cellColumns, rows);
    cellBits.emplace(grid->bits, codeColumns / grid->bitColumns, rows);
    codes.bytes = points->bytes + cellBits->bytes;
  }
  bytes = columns / codeColumns * codes.bytes;
  scales = factorsOf(type.getScale(), groups(), rows);
  auto place = [&](int64_t &offset, int64_t size) {
    offset = bytes;
    bytes += size;
  };
  auto placeFloats = [&](Factors &factors) {
    int64_t count = factors.floats * rows;
    place(factors.floatsOffset, count * floatBytes(factors.type));
    if (factors.addendType)
      place(factors.addendsOffset, count * floatBytes(*factors.addendType));
  };
  if (type.getMinimum())
    minima = factorsOf(type.getMinimum(), groups(), rows);
  if (scales.codes)
    place(scales.codesOffset, scales.codes->bytes);
  if (type.getZero()) {
    zeros = codesOf(type.getZero(), groups(), rows);
    zeroBias = CodeValues(type.getZero()).bias;
    place(zerosOffset, zeros->bytes);
  }
  if (minima && minima->codes)
    place(minima->codesOffset, minima->codes->bytes);
  placeFloats(scales);
  if (minima)
    placeFloats(*minima);
}

} // namespace swage::compression
