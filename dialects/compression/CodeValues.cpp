//===- CodeValues.cpp - What codes stand for ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/CodeValues.h"
#include "dialects/compression/Compression.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace mlir;

namespace swage::compression {

/// The float of that type with these bits.
static float floatOf(FloatType type, uint64_t bits) {
  llvm::APFloat value(type.getFloatSemantics(),
                      llvm::APInt(type.getWidth(), bits));
  bool inexact;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &inexact);
  return value.convertToFloat();
}

/// All values times 1 / factor, if they are integers in -128 to 127.
static std::optional<SmallVector<int64_t, 16>>
asIntegers(ArrayRef<float> values, float factor) {
  SmallVector<int64_t, 16> integers;
  for (float value : values) {
    float scaled = value / factor;
    if (!(scaled >= -128 && scaled <= 127 && scaled == std::trunc(scaled)))
      return std::nullopt;
    integers.push_back(int64_t(scaled));
  }
  return integers;
}

CodeValues::CodeValues(Type codes) {
  if (auto type = dyn_cast<GridType>(codes)) {
    kind = Kind::Cells;
    grid = Grid::find(type.getName());
    bias = grid->bias();
    factor = grid->factor;
    return;
  }
  count = int64_t(1) << getCodeBits(codes);
  if (auto integer = dyn_cast<IntegerType>(codes)) {
    if (!integer.isUnsigned())
      bias = int64_t(1) << (integer.getWidth() - 1);
    return;
  }
  if (isa<Float8E4M3FNType, Float8E5M2Type>(codes)) {
    kind = isa<Float8E5M2Type>(codes) ? Kind::F8E5M2 : Kind::F8E4M3;
    for (int64_t code = 0; code < count; ++code)
      floats.push_back(floatOf(cast<FloatType>(codes), code));
    return;
  }
  if (auto codebook = dyn_cast<CodebookType>(codes)) {
    count = codebook.getValues().size();
    floats.append(codebook.getValues().asArrayRef().begin(),
                  codebook.getValues().asArrayRef().end());
  } else {
    for (int64_t code = 0; code < count; ++code)
      floats.push_back(floatOf(cast<Float4E2M1FNType>(codes), code));
  }
  kind = Kind::Floats;
  for (; factor >= 0x1p-6f; factor /= 2) {
    auto integers = asIntegers(floats, factor);
    if (!integers)
      continue;
    int64_t least = *llvm::min_element(*integers);
    bool consecutive = integers->front() <= 0; // A bias is never negative.
    for (auto [code, integer] : llvm::enumerate(*integers))
      consecutive &= integer == integers->front() + int64_t(code);
    // Kernels subtract the bias of bytes, which then are bytes.
    kind = consecutive ? Kind::Integers : Kind::Bytes;
    bias = consecutive ? -integers->front() : std::max<int64_t>(0, -least);
    if (!consecutive)
      for (int64_t integer : *integers)
        bytes.push_back(uint8_t(integer + bias));
    return;
  }
  factor = 1;
}

int64_t CodeValues::reach() const {
  if (grid)
    return grid->reach();
  return kind == Kind::Bytes ? *llvm::max_element(bytes) : count - 1;
}

float CodeValues::at(uint8_t code) const {
  if (!areIntegers())
    return floats[code];
  int64_t stored = kind == Kind::Bytes ? bytes[code] : code;
  return float(stored - bias) * factor;
}

} // namespace swage::compression
