//===- Status.h - Failing with a message ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_STATUS_H
#define SWAGE_RUNTIME_CORE_STATUS_H

#include "swage/base.h"

namespace swage::runtime {

using Code = swage_status_code_t;

/// Fills `status`, which may be null, and returns `code`.
[[gnu::format(printf, 3, 4)]] Code fail(swage_status_t *status, Code code,
                                        const char *format, ...);

/// Sets `status`, which may be null, to OK.
Code succeed(swage_status_t *status);

/// Sends a line to the logger if there is one.
[[gnu::format(printf, 3, 4)]] void log(const swage_logger_t &logger,
                                       swage_log_level_t level,
                                       const char *format, ...);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_STATUS_H
