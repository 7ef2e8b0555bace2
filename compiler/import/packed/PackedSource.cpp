//===- PackedSource.cpp - Checkpoints whose weights are packed ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/PackedSource.h"

using namespace swage::weights;

namespace swage::import {

PackedWeight::~PackedWeight() = default;

PackedSource::PackedSource(std::unique_ptr<SafeTensorsSource> source,
                           std::vector<std::unique_ptr<PackedWeight>> weights,
                           const llvm::StringSet<> &hidden, Problems &problems)
    : base(std::move(source)), packed(std::move(weights)) {
  auto addOnce = [&](const TensorInfo &tensor) {
    if (!add(tensor))
      problems.error(tensor.file + ": there are two tensors for '" +
                     tensor.name + "', one of them packed");
  };
  for (const std::unique_ptr<PackedWeight> &weight : packed)
    addOnce(weight->getInfo());
  for (const TensorInfo &tensor : base->getTensors())
    if (!hidden.contains(tensor.name)) {
      addOnce(tensor);
      plain.push_back(&tensor);
    }
}

const uint8_t *
PackedSource::read(const TensorInfo &tensor, int64_t first, int64_t count,
                   llvm::SmallVectorImpl<uint8_t> &scratch) const {
  size_t index = indexOf(tensor);
  if (index >= packed.size())
    return base->read(*plain[index - packed.size()], first, count, scratch);
  scratch.resize_for_overwrite(tensor.getBytes(count));
  uint8_t *out = scratch.data();
  int64_t columns = tensor.shape.back();
  for (int64_t end = first + count; first < end;) {
    int64_t column = first % columns;
    int64_t run = std::min(columns - column, end - first);
    packed[index]->read(first / columns, column, run, out);
    out += tensor.getBytes(run);
    first += run;
  }
  return scratch.data();
}

} // namespace swage::import
