//===- BlockLayout.cpp - Blocks of an encoding, unpacked ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"

using namespace mlir;

namespace swage::compression {

BlockLayout::BlockLayout(GroupType type)
    : columns(type.getBlockColumns()), groupColumns(type.getSize()),
      bytes(columns) {
  auto place = [&](int64_t size) {
    int64_t offset = bytes;
    bytes += size;
    return offset;
  };
  auto factorsOf = [&](Type type) {
    Factors factors = {std::nullopt, GroupLayout::Float::F32, groups()};
    if (auto group = dyn_cast<GroupType>(type)) {
      factors.codesOffset = 0; // Has a place below.
      factors.floats /= group.getSize();
      if (Type addend = group.getMinimum())
        factors.addendType = getFloat(addend);
      type = group.getScale();
    }
    factors.type = getFloat(type);
    return factors;
  };
  scales = factorsOf(type.getScale());
  if (type.getMinimum())
    minima = factorsOf(type.getMinimum());
  if (scales.codesOffset)
    scales.codesOffset = place(groups());
  if (type.getZero())
    zerosOffset = place(groups());
  if (minima && minima->codesOffset)
    minima->codesOffset = place(groups());
  auto placeFloats = [&](Factors &factors) {
    factors.floatsOffset = place(factors.floats * floatBytes(factors.type));
    if (factors.addendType)
      factors.addendsOffset =
          place(factors.floats * floatBytes(*factors.addendType));
  };
  placeFloats(scales);
  if (minima)
    placeFloats(*minima);
}

} // namespace swage::compression
