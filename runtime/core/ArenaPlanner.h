//===- ArenaPlanner.h - Where transient buffers lie -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Greedy by size: the largest buffer first, each at the lowest offset where it
// meets no placed buffer that lives at the same time.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_ARENAPLANNER_H
#define SWAGE_RUNTIME_CORE_ARENAPLANNER_H

#include "runtime/core/Memory.h"

namespace swage::runtime {

inline constexpr uint64_t kArenaAlignment = 64;

/// One buffer of the arena. `first` and `last` are inclusive and in any unit
/// of time.
struct ArenaItem {
  uint64_t size;
  uint32_t first, last;
  uint64_t offset; ///< the result
};

/// Sets the offsets and the size of the whole. False if there is no memory for
/// the planning itself.
bool planArena(const Host &host, ArenaItem *items, size_t count,
               uint64_t &totalSize);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_ARENAPLANNER_H
