//===- Status.h - What the core says: statuses and lines of a log ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_STATUS_H
#define SWAGE_RUNTIME_CORE_STATUS_H

#include "runtime/support/Status.h"

namespace swage::runtime {

using Code = swage_status_code_t;
using swage::fail;
using swage::succeed;

/// Sends a line to the logger if there is one.
[[gnu::format(printf, 3, 4)]] void log(const swage_logger_t &logger,
                                       swage_log_level_t level,
                                       const char *format, ...);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_STATUS_H
