//===- SparseWeight.cpp - Matrices without their zeros --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/SparseWeight.h"
#include "llvm/ADT/bit.h"
#include <cstring>

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

class SparseWeight : public PackedWeight {
public:
  SparseWeight(TensorInfo tensor, const StoredTensor &kept,
               const StoredTensor &mask)
      : PackedWeight(std::move(tensor)), kept(kept), mask(mask) {}

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const override {
    int64_t size = info.getBytes(1), columns = info.shape[1];
    const uint8_t *bits = mask.bytes + row * (columns / 8);
    auto isKept = [&](int64_t c) { return bits[c / 8] >> c % 8 & 1; };
    // Half of what is before `column`, in fours.
    const uint8_t *from =
        kept.bytes + (row * columns + column / 4 * 4) / 2 * size;
    for (int64_t c = column / 4 * 4; c < column; ++c)
      from += isKept(c) * size;
    std::memset(out, 0, count * size);
    for (int64_t i = 0; i < count; ++i)
      if (isKept(column + i)) {
        std::memcpy(out + i * size, from, size);
        from += size;
      }
  }

private:
  StoredTensor kept, mask;
};

} // namespace

void addSparseWeight(PackedTensors &tensors, const std::string &module) {
  auto kept = tensors.require(module + ".compressed",
                              {Dtype::F32, Dtype::F16, Dtype::BF16});
  std::string shapeName = module + ".shape";
  auto shape = tensors.requireShape(shapeName);
  if (!kept || !shape)
    return;
  auto [rows, columns] = *shape;
  if (columns % 8 != 0 ||
      kept->info->shape != SmallVector<int64_t, 2>{rows, columns / 2}) {
    tensors.fail(*kept->info,
                 "found shape " + describeShape(kept->info->shape) +
                     ", expected half of the columns that '" + shapeName +
                     "' says, " + describeShape({rows, columns}));
    return;
  }
  auto mask =
      tensors.require(module + ".bitmask", {Dtype::U8}, {rows, columns / 8});
  if (!mask)
    return;
  for (int64_t i = 0; i < mask->info->getNumElements(); ++i)
    if (uint8_t byte = mask->bytes[i];
        llvm::popcount(uint8_t(byte & 0xf)) != 2 || llvm::popcount(byte) != 4) {
      tensors.fail(*mask->info, "byte " + llvm::Twine(i) + " is " +
                                    llvm::Twine(unsigned(byte)) +
                                    ", expected two bits of each four");
      return;
    }
  TensorInfo info = *kept->info;
  info.name = module + ".weight";
  info.shape = {rows, columns};
  tensors.add(std::make_unique<SparseWeight>(std::move(info), *kept, *mask));
}

} // namespace swage::import
