//===- GroupedWeight.cpp - Codes with a scale for a group -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/GroupedWeight.h"
#include <cstring>

using namespace mlir;
using namespace swage::compression;

namespace swage::import {

GroupedWeight::GroupedWeight(weights::TensorInfo tensor,
                             const ScaleTable &scales)
    : PackedWeight(std::move(tensor)), scales(scales),
      blocks(cast<GroupType>(info.encoding)) {}

uint8_t GroupedWeight::readZero(int64_t, int64_t) const {
  llvm_unreachable("an encoding with zeros reads them");
}

void GroupedWeight::read(int64_t row, int64_t column, int64_t count,
                         uint8_t *out) const {
  int64_t size = scales.stored.info->getBytes(1);
  for (int64_t end = column + count; column < end;
       column += blocks.columns, out += blocks.bytes) {
    readCodes(row, column, blocks.columns, out);
    for (int64_t g = 0; g < blocks.groups(); ++g) {
      int64_t group = (column + g * blocks.groupColumns) / scales.columns;
      if (blocks.zerosOffset)
        out[*blocks.zerosOffset + g] = readZero(row, group);
      std::memcpy(out + blocks.scales.floatsOffset + g * size,
                  scales.stored.bytes + (row / scales.rows * scales.rowStride +
                                         group * scales.groupStride) *
                                            size,
                  size);
    }
  }
}

int64_t getGroupSize(int64_t columns) {
  // Kernels read units of 4 columns, in chunks of 64.
  if (columns % 64 == 0 || (64 % columns == 0 && columns % 4 == 0))
    return columns;
  int64_t size = 32;
  while (columns % size != 0)
    size /= 2;
  return size;
}

Type getGroupType(Type codes, int64_t size, const StoredTensor &scales,
                  IntegerType zero) {
  MLIRContext *context = codes.getContext();
  return GroupType::get(context, codes, size,
                        scales.info->getWeightType(context), zero, Type());
}

} // namespace swage::import
