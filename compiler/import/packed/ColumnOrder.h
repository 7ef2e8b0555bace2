//===- ColumnOrder.h - Columns sorted by group ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_PACKED_COLUMNORDER_H
#define SWAGE_COMPILER_IMPORT_PACKED_COLUMNORDER_H

#include "compiler/import/packed/PackedTensors.h"

namespace swage::import {

/// The columns in the order of their groups, which a vector of i32 says,
/// neighbours as they are: what stands at each place of the sorted row. Empty
/// if they are in that order already. Fails unless there are whole groups of
/// `size` columns each.
llvm::Expected<std::vector<int32_t>> sortColumns(const StoredTensor &groups,
                                                 int64_t size);

/// An order as a tensor of the model.
class ColumnOrder : public PackedWeight {
public:
  ColumnOrder(weights::TensorInfo info, std::vector<int32_t> order)
      : PackedWeight(std::move(info)), order(std::move(order)) {}

  void read(int64_t row, int64_t column, int64_t count,
            uint8_t *out) const override;

private:
  std::vector<int32_t> order;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_PACKED_COLUMNORDER_H
