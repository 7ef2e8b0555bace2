//===- TensorSource.cpp - Where weight values come from ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/TensorSource.h"
#include "llvm/ADT/StringExtras.h"

namespace swage::weights {

int64_t TensorInfo::getNumElements() const {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

std::string TensorInfo::describe() const {
  return describeShape(shape) + " " + getName(dtype).str();
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
