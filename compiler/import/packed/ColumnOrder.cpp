//===- ColumnOrder.cpp - Columns sorted by group --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/packed/ColumnOrder.h"
#include "llvm/Support/Endian.h"
#include <numeric>

namespace swage::import {

llvm::Expected<std::vector<int32_t>> sortColumns(const StoredTensor &groups,
                                                 int64_t size) {
  int64_t columns = groups.info->getNumElements(), count = columns / size;
  auto groupOf = [&](int64_t column) { return int32_t(groups.word(column)); };
  std::vector<int64_t> found(count);
  for (int64_t column = 0; column < columns; ++column) {
    int32_t group = groupOf(column);
    if (group < 0 || group >= count)
      return llvm::createStringError("column " + llvm::Twine(column) +
                                     " is of group " + llvm::Twine(group) +
                                     ", and there are " + llvm::Twine(count));
    ++found[group];
  }
  for (auto [group, members] : llvm::enumerate(found))
    if (members != size)
      return llvm::createStringError(
          "group " + llvm::Twine(group) + " has " + llvm::Twine(members) +
          " columns, expected " + llvm::Twine(size) + " in each");
  std::vector<int32_t> order(columns);
  std::iota(order.begin(), order.end(), 0);
  llvm::stable_sort(
      order, [&](int32_t a, int32_t b) { return groupOf(a) < groupOf(b); });
  if (llvm::is_sorted(order))
    order.clear();
  return order;
}

void ColumnOrder::read(int64_t, int64_t column, int64_t count,
                       uint8_t *out) const {
  for (int64_t i = 0; i < count; ++i)
    llvm::support::endian::write32le(out + 4 * i, order[column + i]);
}

} // namespace swage::import
