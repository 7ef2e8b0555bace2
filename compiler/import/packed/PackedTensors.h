//===- PackedTensors.h - Finds what packed weights are made of ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_PACKEDTENSORS_H
#define SWAGE_COMPILER_IMPORT_PACKED_PACKEDTENSORS_H

#include "compiler/import/packed/PackedSource.h"
#include "dialects/compression/Compression.h"
#include <map>

namespace swage::import {

/// A stored tensor, all of it.
struct StoredTensor {
  const weights::TensorInfo *info;
  const uint8_t *bytes;

  /// Element `index` of a tensor of 32-bit words.
  uint32_t word(int64_t index) const;
};

/// What a reader of a format works with: it looks up the tensors of each packed
/// module, and adds the weight that they are. Problems are reported by tensor.
class PackedTensors {
public:
  PackedTensors(mlir::MLIRContext &context, const SafeTensorsSource &source,
                Problems &problems)
      : context(context), source(source), problems(problems) {}

  /// The modules that have a tensor MODULE.SUFFIX, in the order of the files.
  std::vector<std::string> findModules(llvm::StringRef suffix) const;

  /// The tensor of that name, or null; no problem if there is none.
  const weights::TensorInfo *find(const llvm::Twine &name) const;

  /// The tensor of that name, which becomes part of a packed weight. Reports
  /// one that is missing or of none of the types.
  std::optional<StoredTensor> require(const llvm::Twine &name,
                                      llvm::ArrayRef<weights::Dtype> dtypes);
  /// The same where the shape is known.
  std::optional<StoredTensor> require(const llvm::Twine &name,
                                      llvm::ArrayRef<weights::Dtype> dtypes,
                                      llvm::ArrayRef<int64_t> shape);
  /// A tensor of floats of that shape, all of them finite.
  std::optional<StoredTensor> requireScales(const llvm::Twine &name,
                                            llvm::ArrayRef<int64_t> shape);

  /// The rows and columns that a tensor of two integers says a matrix has.
  std::optional<std::pair<int64_t, int64_t>>
  requireShape(const llvm::Twine &name);

  /// Reports a problem with a tensor, and returns false.
  bool fail(const weights::TensorInfo &tensor, const llvm::Twine &message);

  /// The header of a weight [rows, columns], encoded as `type`, that is stored
  /// where `part` is.
  weights::TensorInfo describe(const llvm::Twine &name, int64_t rows,
                               int64_t columns, mlir::Type type,
                               const StoredTensor &part) const;

  /// Adds an order of columns as a tensor, and returns its name: that of an
  /// equal one, if there is one. `part` is what says the order.
  std::string addOrder(const llvm::Twine &name, std::vector<int32_t> order,
                       const StoredTensor &part);

  void add(std::unique_ptr<PackedWeight> weight) {
    packed.push_back(std::move(weight));
  }

  mlir::MLIRContext &getContext() const { return context; }

  /// The `row_range` of rows that the weights were made for, if they are
  /// quantized to 8 bits as they come.
  std::optional<double> rowRange;
  std::vector<std::unique_ptr<PackedWeight>> packed;
  /// The tensors that packed weights are made of.
  llvm::StringSet<> hidden;

private:
  mlir::MLIRContext &context;
  const SafeTensorsSource &source;
  Problems &problems;
  std::map<std::vector<int32_t>, std::string> orders;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_PACKEDTENSORS_H
