//===- ArenaPlanner.cpp - Where transient buffers lie ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/ArenaPlanner.h"
#include <algorithm>

namespace swage::runtime {

static bool liveTogether(const ArenaItem &a, const ArenaItem &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// Lowest offset for `item` among `placed`, which is sorted by offset.
static uint64_t lowestGap(const ArenaItem &item, ArenaItem *const *placed,
                          size_t count) {
  uint64_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    const ArenaItem &other = *placed[i];
    if (!liveTogether(item, other))
      continue;
    if (offset + item.size <= other.offset)
      break;
    offset =
        std::max(offset, alignUp(other.offset + other.size, kArenaAlignment));
  }
  return offset;
}

bool planArena(const Host &host, ArenaItem *items, size_t count,
               uint64_t &totalSize) {
  Array<ArenaItem *> bySize, placed;
  if (!bySize.allocate(host, count) || !placed.allocate(host, count))
    return false;
  for (size_t i = 0; i < count; ++i)
    bySize[i] = &items[i];
  // The index breaks ties, so that a plan is the same everywhere; the items lie
  // in one array, so their addresses are in its order.
  // NOLINTNEXTLINE(bugprone-nondeterministic-pointer-iteration-order)
  std::sort(bySize.begin(), bySize.end(), [](ArenaItem *a, ArenaItem *b) {
    return a->size != b->size ? a->size > b->size : a < b;
  });

  totalSize = 0;
  for (size_t i = 0; i < count; ++i) {
    ArenaItem *item = bySize[i];
    item->offset = lowestGap(*item, placed.data(), i);
    totalSize = std::max(totalSize, item->offset + item->size);
    size_t at = i;
    for (; at > 0 && placed[at - 1]->offset > item->offset; --at)
      placed[at] = placed[at - 1];
    placed[at] = item;
  }
  return true;
}

} // namespace swage::runtime
