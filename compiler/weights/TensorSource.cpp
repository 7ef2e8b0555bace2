//===- TensorSource.cpp - Where weight values come from ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/TensorSource.h"
#include "dialects/compression/BlockLayout.h"
#include "dialects/compression/Compression.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using swage::compression::BlockLayout;
using swage::compression::GroupType;

namespace swage::weights {

int64_t TensorInfo::getNumElements() const {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

int64_t TensorInfo::getBlockElements() const {
  if (dtype == Dtype::Coded)
    return cast<GroupType>(encoding).getBlockColumns();
  return weights::getBlockElements(dtype);
}

int64_t TensorInfo::getBytes(int64_t count) const {
  if (dtype != Dtype::Coded)
    return weights::getBytes(dtype, count);
  BlockLayout block(cast<GroupType>(encoding));
  return count / block.columns * block.bytes;
}

Type TensorInfo::getWeightType(MLIRContext *context) const {
  return dtype == Dtype::Coded ? encoding
                               : weights::getWeightType(context, dtype);
}

std::string TensorInfo::describe() const {
  std::string text = describeShape(shape) + " ";
  llvm::raw_string_ostream os(text);
  if (dtype == Dtype::Coded)
    os << encoding;
  else
    os << getName(dtype);
  return text;
}

std::string describeShape(llvm::ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(
             llvm::map_range(shape,
                             [](int64_t size) { return std::to_string(size); }),
             ", ") +
         "]";
}

TensorSource::~TensorSource() = default;

const TensorInfo *TensorSource::find(llvm::StringRef name) const {
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : &tensors[found->second];
}

bool TensorSource::add(TensorInfo tensor) {
  if (!byName.try_emplace(tensor.name, tensors.size()).second)
    return false;
  tensors.push_back(std::move(tensor));
  return true;
}

} // namespace swage::weights
