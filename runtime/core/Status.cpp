//===- Status.cpp - Failing with a message --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Status.h"
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace swage::runtime {

/// Ends a text that was cut before its last UTF-8 character if the cut went
/// through that.
static void dropCutCharacter(char *text) {
  size_t length = strlen(text), start = length;
  while (start > 0 && (uint8_t(text[start - 1]) & 0xc0) == 0x80)
    --start;
  if (start == 0 || uint8_t(text[start - 1]) < 0xc0)
    return;
  uint8_t lead = uint8_t(text[start - 1]);
  size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (length - (start - 1) < needed)
    text[start - 1] = 0;
}

Code fail(swage_status_t *status, Code code, const char *format, ...) {
  if (!status)
    return code;
  status->code = code;
  va_list arguments;
  va_start(arguments, format);
  int length =
      vsnprintf(status->message, sizeof(status->message), format, arguments);
  va_end(arguments);
  if (length >= int(sizeof(status->message)))
    dropCutCharacter(status->message);
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
