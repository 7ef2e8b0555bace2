//===- GroupLayout.cpp - Where a span of group tiles has what -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/GroupLayout.h"
#include "dialects/compression/Compression.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace swage::compression {

PackedCodes::PackedCodes(int64_t bits, bool isUnsigned, int64_t units,
                         int64_t unitBytes)
    : units(units), unitBytes(unitBytes),
      bias(isUnsigned ? 0 : int64_t(1) << (bits - 1)), bytes(0) {
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

GroupLayout::Float getFloat(Type type) {
  return type.isF32()   ? GroupLayout::Float::F32
         : type.isF16() ? GroupLayout::Float::F16
                        : GroupLayout::Float::BF16;
}

static PackedCodes codesOf(IntegerType type, int64_t units, int64_t unitBytes) {
  return PackedCodes(type.getWidth(), type.isUnsigned(), units, unitBytes);
}

static GroupLayout::Factors factorsOf(Type type, int64_t groups, int64_t rows) {
  GroupLayout::Factors factors = {};
  factors.floats = groups;
  if (auto group = dyn_cast<GroupType>(type)) {
    factors.codes = codesOf(group.getCodes(), groups, rows);
    factors.floats = groups / group.getSize();
    type = group.getScale();
  }
  factors.type = getFloat(type);
  return factors;
}

GroupLayout::GroupLayout(GroupType type, int64_t rows)
    : rows(rows), columns(std::lcm(type.getBlockColumns(), kChunk)),
      blockColumns(type.getBlockColumns()), groupColumns(type.getSize()),
      codes(codesOf(type.getCodes(), kChunk / kInterleave, kInterleave * rows)),
      scales(factorsOf(type.getScale(), groups(), rows)),
      bytes(chunks() * codes.bytes) {
  auto place = [&](int64_t &offset, int64_t size) {
    offset = bytes;
    bytes += size;
  };
  if (type.getMinimum())
    minima = factorsOf(type.getMinimum(), groups(), rows);
  if (scales.codes)
    place(scales.codesOffset, scales.codes->bytes);
  if (type.getZero()) {
    zeros = codesOf(type.getZero(), groups(), rows);
    place(zerosOffset, zeros->bytes);
  }
  if (minima && minima->codes)
    place(minima->codesOffset, minima->codes->bytes);
  place(scales.floatsOffset, scales.floats * rows * floatBytes(scales.type));
  if (minima)
    place(minima->floatsOffset,
          minima->floats * rows * floatBytes(minima->type));
  bytes = llvm::alignTo(bytes, 64);
}

} // namespace swage::compression
