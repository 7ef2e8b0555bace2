//===- DerivedSource.h - Weights that are views of stored tensors --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_WEIGHTS_DERIVEDSOURCE_H
#define SWAGE_COMPILER_WEIGHTS_DERIVEDSOURCE_H

#include "compiler/weights/TensorSource.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace swage::weights {

/// Which rows of a stored tensor make up a weight. The rows of a tensor are all
/// its dimensions but the last, flattened; those of a vector are its elements;
/// those of a transposed matrix are its columns. Row i of the weight is the row
/// `offset + sum(digit[d] * strides[d])` where the digits are those of i in the
/// mixed radix of `sizes`, the last one running fastest.
///
/// The query rows of a projection that stores [head][q, k, v][channel]:
/// offset 0, sizes [heads, channels], strides [3 * channels, 1].
struct View {
  bool transposed = false;
  int64_t offset = 0;
  llvm::SmallVector<int64_t, 3> sizes, strides;

  /// Rows [first, first + count).
  static View slice(int64_t first, int64_t count) {
    return {false, first, {count}, {1}};
  }
  /// For each of `groups`, which are `stride` rows each, `count` rows from row
  /// `first` of it.
  static View interleaved(int64_t groups, int64_t stride, int64_t first,
                          int64_t count) {
    return {false, first, {groups, count}, {stride, 1}};
  }

  int64_t getNumRows() const;
  /// The row of the tensor that row `row` of the weight is.
  int64_t mapRow(int64_t row) const;
  /// One past the highest row of the tensor that the weight has.
  int64_t getEnd() const;
  /// From row `row` on, how many rows are neighbours in the tensor too.
  int64_t getRun(int64_t row) const;
  /// The weight's shape, or why the view does not fit a tensor of this shape.
  llvm::Expected<llvm::SmallVector<int64_t, 2>>
  getShape(llvm::ArrayRef<int64_t> tensorShape) const;

  bool operator==(const View &other) const {
    return transposed == other.transposed && offset == other.offset &&
           sizes == other.sizes && strides == other.strides;
  }
};

/// All tensors of another source, and views of them under names of their own.
/// A view is read row by row from the stored tensor; nothing is kept.
class DerivedSource : public TensorSource {
public:
  explicit DerivedSource(std::unique_ptr<TensorSource> base);

  /// Adds the view `name` of the tensor `tensor` of the other source. Fails if
  /// there is no such tensor, the view does not fit, or the name is taken.
  llvm::Error derive(llvm::StringRef name, llvm::StringRef tensor, View view);

  const TensorSource &getBase() const { return *base; }

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override;

private:
  struct Derived {
    const TensorInfo *tensor;
    View view;
  };

  std::unique_ptr<TensorSource> base;
  std::vector<Derived> derived;
};

} // namespace swage::weights

#endif // SWAGE_COMPILER_WEIGHTS_DERIVEDSOURCE_H
