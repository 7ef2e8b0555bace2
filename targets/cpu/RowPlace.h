//===- RowPlace.h - Where the rows that a kernel reads are ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows of a buffer of their own, or a slice of the columns of wider rows.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_ROWPLACE_H
#define SWAGE_TARGETS_CPU_ROWPLACE_H

#include "targets/cpu/KernelBuilder.h"

namespace swage::cpu {

struct RowPlace {
  RowPlace(int64_t columns, Element element,
           const std::optional<RowSlice> &slice = std::nullopt)
      : column(slice ? slice->column : 0),
        stride(paddedRowLength(slice ? slice->columns : columns, element)) {}

  /// The first element of `row`.
  mlir::Value start(KernelBuilder &k, mlir::Value row) const {
    return k.add(k.mul(row, stride), column);
  }

  int64_t column; ///< the first one
  int64_t stride; ///< elements from row to row
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_ROWPLACE_H
