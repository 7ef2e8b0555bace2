//===- PackedTensors.cpp - Finds what packed weights are made of ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/PackedTensors.h"
#include "compiler/import/packed/ColumnOrder.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include <cmath>

using namespace mlir;
using namespace swage::weights;

namespace swage::import {

uint32_t StoredTensor::word(int64_t index) const {
  return llvm::support::endian::read32le(bytes + 4 * index);
}

std::vector<std::string>
PackedTensors::findModules(llvm::StringRef suffix) const {
  std::vector<std::string> modules;
  for (const TensorInfo &tensor : source.getTensors()) {
    llvm::StringRef name = tensor.name;
    if (name.consume_back(suffix) && name.consume_back(".") && !name.empty())
      modules.push_back(name.str());
  }
  return modules;
}

const TensorInfo *PackedTensors::find(const llvm::Twine &name) const {
  return source.find(name.str());
}

std::optional<StoredTensor>
PackedTensors::require(const llvm::Twine &name, llvm::ArrayRef<Dtype> dtypes) {
  const TensorInfo *tensor = find(name);
  if (!tensor) {
    problems.error("tensor '" + name + "' is missing");
    return std::nullopt;
  }
  hidden.insert(tensor->name);
  if (!llvm::is_contained(dtypes, tensor->dtype)) {
    fail(*tensor, "found dtype " + getName(tensor->dtype) + ", expected " +
                      llvm::join(llvm::map_range(dtypes,
                                                 [](Dtype dtype) {
                                                   return getName(dtype).str();
                                                 }),
                                 " or "));
    return std::nullopt;
  }
  llvm::SmallVector<uint8_t, 0> unused; // Files are mapped.
  return StoredTensor{tensor, source.read(*tensor, 0, 0, unused)};
}

std::optional<StoredTensor>
PackedTensors::require(const llvm::Twine &name, llvm::ArrayRef<Dtype> dtypes,
                       llvm::ArrayRef<int64_t> shape) {
  std::optional<StoredTensor> stored = require(name, dtypes);
  if (!stored || ArrayRef<int64_t>(stored->info->shape) == shape)
    return stored;
  fail(*stored->info, "found shape " + describeShape(stored->info->shape) +
                          ", expected " + describeShape(shape));
  return std::nullopt;
}

std::optional<StoredTensor>
PackedTensors::requireScales(const llvm::Twine &name,
                             llvm::ArrayRef<int64_t> shape) {
  std::optional<StoredTensor> stored =
      require(name, {Dtype::F16, Dtype::BF16, Dtype::F32}, shape);
  if (!stored)
    return std::nullopt;
  const TensorInfo &tensor = *stored->info;
  int64_t count = tensor.getNumElements(), size = tensor.getBytes(1);
  for (int64_t i = 0; i < count; ++i)
    if (float scale = widen(tensor.dtype, stored->bytes + i * size);
        !std::isfinite(scale)) {
      fail(tensor, "element " + llvm::Twine(i) + " is " +
                       (std::isnan(scale) ? "NaN" : "infinite") +
                       ", and scales must be finite");
      return std::nullopt;
    }
  return stored;
}

std::optional<std::pair<int64_t, int64_t>>
PackedTensors::requireShape(const llvm::Twine &name) {
  auto stored = require(name, {Dtype::I64, Dtype::I32});
  if (!stored)
    return std::nullopt;
  int64_t sizes[2] = {};
  bool is64 = stored->info->dtype == Dtype::I64;
  if (stored->info->getNumElements() == 2)
    for (int64_t i : {0, 1}) {
      uint64_t high = is64 ? stored->word(2 * i + 1) : 0;
      sizes[i] = high << 32 | stored->word(is64 ? 2 * i : i);
    }
  for (int64_t size : sizes)
    if (size < 1 || size > INT32_MAX) {
      fail(*stored->info, "expected the rows and columns of a matrix");
      return std::nullopt;
    }
  return std::pair(sizes[0], sizes[1]);
}

bool PackedTensors::fail(const TensorInfo &tensor, const llvm::Twine &message) {
  problems.error(tensor.file + ": tensor '" + tensor.name + "': " + message);
  return false;
}

std::string PackedTensors::addOrder(const llvm::Twine &name,
                                    std::vector<int32_t> order,
                                    const StoredTensor &part) {
  auto [known, isNew] = orders.try_emplace(order, name.str());
  if (isNew) {
    TensorInfo info = {
        known->second, Dtype::I32, {int64_t(order.size())}, part.info->file};
    add(std::make_unique<ColumnOrder>(std::move(info), std::move(order)));
  }
  return known->second;
}

TensorInfo PackedTensors::describe(const llvm::Twine &name, int64_t rows,
                                   int64_t columns, Type type,
                                   const StoredTensor &part) const {
  return {name.str(), Dtype::Coded, {rows, columns}, part.info->file, type};
}

} // namespace swage::import
