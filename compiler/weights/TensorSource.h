//===- TensorSource.h - Where weight values come from --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_TENSORSOURCE_H
#define SWAGE_COMPILER_WEIGHTS_TENSORSOURCE_H

#include "compiler/weights/Dtype.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace swage::weights {

/// What is known of a tensor without reading it.
struct TensorInfo {
  std::string name;
  Dtype dtype;
  llvm::SmallVector<int64_t, 2> shape;
  /// Where it is stored, for messages.
  std::string file;
  /// With `Dtype::Coded`, the `!compression.group` that the elements are
  /// encoded as; they are stored in blocks that `BlockLayout` describes.
  mlir::Type encoding = {};
  /// The tensor of i32 that says which column of the model's matrix stands at
  /// each place; empty if all stand at their own.
  std::string order = {};

  int64_t getNumElements() const;
  /// Neighbouring elements of a row that are stored together; mostly 1.
  int64_t getBlockElements() const;
  /// Bytes of `count` elements that are whole blocks.
  int64_t getBytes(int64_t count) const;
  /// The type that its elements have in the IR, or null if there is none.
  mlir::Type getWeightType(mlir::MLIRContext *context) const;
  /// For example "[64, 256] F16".
  std::string describe() const;
};

/// For example "[64, 256]".
std::string describeShape(llvm::ArrayRef<int64_t> shape);

/// Tensors by name. Values are read in ranges, by any number of threads, and
/// no tensor is ever copied whole.
class TensorSource {
public:
  virtual ~TensorSource();

  /// All tensors, in the source's order.
  llvm::ArrayRef<TensorInfo> getTensors() const { return tensors; }

  /// The tensor of that name, or null.
  const TensorInfo *find(llvm::StringRef name) const;

  /// The bytes of `count` elements from element `first` of a tensor of this
  /// source: a view of mapped memory, or `scratch` filled with them. They need
  /// not be aligned, and hold until `scratch` changes.
  virtual const uint8_t *
  read(const TensorInfo &tensor, int64_t first, int64_t count,
       llvm::SmallVectorImpl<uint8_t> &scratch) const = 0;

  /// What a tensor, which may be missing, is called where the model's author
  /// would look for it, in quotes.
  virtual std::string describeName(llvm::StringRef name) const {
    return "'" + name.str() + "'";
  }

protected:
  /// False if there is a tensor of that name already.
  bool add(TensorInfo tensor);

  /// The position of a tensor of this source in `getTensors()`.
  size_t indexOf(const TensorInfo &tensor) const {
    return &tensor - tensors.data();
  }

private:
  std::vector<TensorInfo> tensors;
  llvm::StringMap<size_t> byName;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_TENSORSOURCE_H
