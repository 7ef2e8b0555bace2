//===- PagePool.cpp - Pages of the key/value cache, and who holds them ----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/PagePool.h"

namespace swage::runtime {

bool PagePool::allocate(const Host &host, uint32_t pages) {
  if (!holders.allocate(host, pages) || !freePages.allocate(host, pages))
    return false;
  free = pages;
  for (uint32_t i = 0; i < pages; ++i)
    freePages[i] = int32_t(pages - 1 - i);
  return true;
}

int32_t PagePool::take() {
  if (free == 0)
    return -1;
  int32_t page = freePages[--free];
  holders[page] = 1;
  return page;
}

void PagePool::release(int32_t page) {
  if (--holders[page] == 0)
    freePages[free++] = page;
}

} // namespace swage::runtime
