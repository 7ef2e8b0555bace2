//===- Status.cpp - What the core says: statuses and lines of a log -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Status.h"

namespace swage::runtime {

void log(const swage_logger_t &logger, swage_log_level_t level,
         const char *format, ...) {
  if (!logger.log)
    return;
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  if (length >= int(sizeof(line)))
    dropCutCharacter(line);
  logger.log(logger.self, level, line);
}

} // namespace swage::runtime
