//===- PagePool.h - Pages of the key/value cache, and who holds them ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_PAGEPOOL_H
#define SWAGE_RUNTIME_CORE_PAGEPOOL_H

#include "runtime/core/Memory.h"

namespace swage::runtime {

/// Counts the holders of each page. The lowest free page is handed out first
/// after a start, so that memory is touched only as far as it is needed.
class PagePool {
public:
  bool allocate(const Host &host, uint32_t pages);
  /// What that takes.
  static uint64_t bytesFor(uint32_t pages) {
    return pages * uint64_t(sizeof(uint32_t) + sizeof(int32_t));
  }

  /// A page with one holder, or -1.
  int32_t take();
  void share(int32_t page) { ++holders[page]; }
  void release(int32_t page);
  bool isShared(int32_t page) const { return holders[page] > 1; }
  size_t freeCount() const { return free; }

private:
  Array<uint32_t> holders;
  Array<int32_t> freePages; ///< a stack of `free` entries
  size_t free = 0;
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_PAGEPOOL_H
