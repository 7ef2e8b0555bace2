//===- PackedSource.h - Checkpoints whose weights are packed --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_PACKEDSOURCE_H
#define SWAGE_COMPILER_IMPORT_PACKED_PACKEDSOURCE_H

#include "compiler/import/safetensors/SafeTensorsSource.h"
#include "llvm/ADT/StringSet.h"

namespace swage::import {

/// A tensor of the model that a checkpoint stores in other tensors.
class PackedWeight {
public:
  explicit PackedWeight(weights::TensorInfo info) : info(std::move(info)) {}
  virtual ~PackedWeight();

  const weights::TensorInfo &getInfo() const { return info; }

  /// Writes `count` elements of row `row` from column `column` on, which are
  /// whole blocks, as `TensorSource::read` hands them out. A vector is a row.
  virtual void read(int64_t row, int64_t column, int64_t count,
                    uint8_t *out) const = 0;

protected:
  weights::TensorInfo info;
};

/// The tensors of a folder, with packed weights in place of what they are
/// stored in.
class PackedSource : public weights::TensorSource {
public:
  /// `hidden` are the tensors of `base` that make up `packed`.
  PackedSource(std::unique_ptr<SafeTensorsSource> base,
               std::vector<std::unique_ptr<PackedWeight>> packed,
               const llvm::StringSet<> &hidden, Problems &problems);

  const uint8_t *read(const weights::TensorInfo &tensor, int64_t first,
                      int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override;

  /// See `PackedTensors`.
  std::optional<double> rowRange;

private:
  std::unique_ptr<SafeTensorsSource> base;
  std::vector<std::unique_ptr<PackedWeight>> packed;
  /// Of `base`, those that are not hidden; they follow the packed ones.
  std::vector<const weights::TensorInfo *> plain;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_PACKEDSOURCE_H
