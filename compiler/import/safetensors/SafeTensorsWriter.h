//===- SafeTensorsWriter.h - Small SafeTensors files ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSWRITER_H
#define SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSWRITER_H

#include "compiler/weights/Dtype.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace swage::import {

/// A tensor in memory: what `swage run` takes as inputs and gives as outputs.
struct DenseTensor {
  std::string name;
  weights::Dtype dtype;
  std::vector<int64_t> shape;
  /// Little-endian elements.
  std::vector<uint8_t> bytes;

  /// A tensor of these values; `T` is the C++ type of `dtype`.
  template <typename T>
  static DenseTensor get(llvm::StringRef name, weights::Dtype dtype,
                         llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<T> values) {
    auto *begin = reinterpret_cast<const uint8_t *>(values.data());
    return {name.str(), dtype, shape.vec(),
            std::vector<uint8_t>(begin, begin + values.size() * sizeof(T))};
  }

  /// The values of an I32 or I64 tensor; fails if one does not fit.
  llvm::Expected<std::vector<int32_t>> getIntegers() const;
};

/// All tensors of a file, copied.
llvm::Expected<std::vector<DenseTensor>> readDenseTensors(llvm::StringRef path);

/// Writes a file beside `path` and renames it, so that there is never a partial
/// one. The same tensors give the same bytes.
llvm::Error writeDenseTensors(llvm::StringRef path,
                              llvm::ArrayRef<DenseTensor> tensors);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSWRITER_H
