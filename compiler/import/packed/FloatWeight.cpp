//===- FloatWeight.cpp - Matrices of 8-bit floats -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/FloatWeight.h"
#include "compiler/import/packed/GroupedWeight.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <numeric>

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

namespace {

class FloatWeight : public GroupedWeight {
public:
  FloatWeight(TensorInfo tensor, const ScaleTable &scales,
              const StoredTensor &codes)
      : GroupedWeight(std::move(tensor), scales), codes(codes) {}

private:
  void readCodes(int64_t row, int64_t column, int64_t count,
                 uint8_t *out) const override {
    std::memcpy(out, codes.bytes + row * info.shape[1] + column, count);
  }

  StoredTensor codes;
};

} // namespace

/// Reports a code that is no number.
static bool checkCodes(PackedTensors &tensors, const StoredTensor &codes) {
  bool isE5M2 = codes.info->dtype == Dtype::F8E5M2;
  int64_t count = codes.info->getNumElements();
  for (int64_t i = 0; i < count; ++i) {
    uint8_t magnitude = codes.bytes[i] & 0x7f;
    if (isE5M2 ? magnitude >= 0x7c : magnitude == 0x7f)
      return tensors.fail(*codes.info, "element " + llvm::Twine(i) +
                                           " is NaN or infinite, and weights "
                                           "must be finite");
  }
  return true;
}

void addFloatWeight(PackedTensors &tensors, const std::string &module,
                    llvm::StringRef scale, const FloatScales &shared) {
  auto codes =
      tensors.require(module + ".weight", {Dtype::F8E4M3, Dtype::F8E5M2});
  if (!codes)
    return;
  const TensorInfo &info = *codes->info;
  if (info.shape.size() != 2) {
    tensors.fail(info, "found shape " + describeShape(info.shape) +
                           ", expected a matrix");
    return;
  }
  int64_t rows = info.shape[0], columns = info.shape[1];
  int64_t size = shared.columns ? shared.columns : columns;
  int64_t groups = llvm::divideCeil(columns, size);
  SmallVector<int64_t, 2> shape = {int64_t(llvm::divideCeil(rows, shared.rows)),
                                   groups};
  if (shared.wholeTensor)
    shape = {1};
  auto scales = tensors.requireScales(module + "." + scale, shape);
  if (!scales || !checkCodes(tensors, *codes))
    return;
  MLIRContext *context = &tensors.getContext();
  Type element = info.dtype == Dtype::F8E5M2
                     ? Type(Float8E5M2Type::get(context))
                     : Type(Float8E4M3FNType::get(context));
  // A last group may have fewer columns than the others.
  Type type =
      getGroupType(element, getGroupSize(std::gcd(size, columns)), *scales);
  ScaleTable table = {*scales, size, shared.wholeTensor ? 0 : groups,
                      shared.wholeTensor ? 0 : 1, shared.rows};
  tensors.add(std::make_unique<FloatWeight>(
      tensors.describe(module + ".weight", rows, columns, type, *codes), table,
      *codes));
}

} // namespace swage::import
