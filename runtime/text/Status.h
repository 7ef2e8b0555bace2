//===- Status.h - Filling in the caller's status --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_STATUS_H
#define SWAGE_TEXT_STATUS_H

#include "runtime/support/Status.h"

namespace swage::text {

using swage::fail;
using swage::succeed;

/// The failure of any allocation.
inline swage_status_code_t outOfMemory(swage_status_t *status) {
  return fail(status, SWAGE_OUT_OF_MEMORY, "out of memory");
}

} // namespace swage::text

#endif // SWAGE_TEXT_STATUS_H
