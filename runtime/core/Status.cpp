//===- Status.cpp - Failing with a message --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Status.h"
#include <cstdarg>
#include <cstdio>

namespace swage::runtime {

Code fail(swage_status_t *status, Code code, const char *format, ...) {
  if (!status)
    return code;
  status->code = code;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(status->message, sizeof(status->message), format, arguments);
  va_end(arguments);
  return code;
}

Code succeed(swage_status_t *status) {
  if (status) {
    status->code = SWAGE_OK;
    status->message[0] = 0;
  }
  return SWAGE_OK;
}

void log(const swage_logger_t &logger, swage_log_level_t level,
         const char *format, ...) {
  if (!logger.log)
    return;
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  logger.log(logger.self, level, line);
}

} // namespace swage::runtime
