//===- Status.h - Filling in the caller's status --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_STATUS_H
#define SWAGE_TEXT_STATUS_H

#include "swage/base.h"

namespace swage::text {

/// Writes SWAGE_OK and returns it.
swage_status_code_t succeed(swage_status_t *status);

/// Writes `code` with a message in printf's form, and returns it.
__attribute__((format(printf, 3, 4))) swage_status_code_t
fail(swage_status_t *status, swage_status_code_t code, const char *format, ...);

/// The failure of any allocation.
swage_status_code_t outOfMemory(swage_status_t *status);

} // namespace swage::text

#endif // SWAGE_TEXT_STATUS_H
