//===- Status.h - Failing with a message ----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What every library behind a C header does with the caller's status.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SUPPORT_STATUS_H
#define SWAGE_RUNTIME_SUPPORT_STATUS_H

#include "swage/base.h"
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace swage {

/// True for the second and later bytes of a character in UTF-8.
inline bool continuesCharacter(char byte) {
  return (uint8_t(byte) & 0xc0) == 0x80;
}

/// Ends a text that was cut before its last UTF-8 character if the cut went
/// through that.
inline void dropCutCharacter(char *text) {
  size_t length = std::strlen(text), start = length;
  while (start > 0 && continuesCharacter(text[start - 1]))
    --start;
  if (start == 0 || uint8_t(text[start - 1]) < 0xc0)
    return;
  uint8_t lead = uint8_t(text[start - 1]);
  size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (length - (start - 1) < needed)
    text[start - 1] = 0;
}

/// Fills `status`, which may be null, and returns `code`.
[[gnu::format(printf, 3, 4)]] inline swage_status_code_t
fail(swage_status_t *status, swage_status_code_t code, const char *format,
     ...) {
  if (!status)
    return code;
  status->code = code;
  va_list arguments;
  va_start(arguments, format);
  int length = std::vsnprintf(status->message, sizeof(status->message), format,
                              arguments);
  va_end(arguments);
  if (length >= int(sizeof(status->message)))
    dropCutCharacter(status->message);
  return code;
}

/// Sets `status`, which may be null, to OK.
inline swage_status_code_t succeed(swage_status_t *status) {
  if (status) {
    status->code = SWAGE_OK;
    status->message[0] = 0;
  }
  return SWAGE_OK;
}

/// A path or another long name as messages show it: without its middle if it
/// is so long that what follows it would be cut off.
class Shown {
public:
  explicit Shown(const char *name) {
    constexpr size_t kHalf = (sizeof(text) - 4) / 2;
    size_t length = std::strlen(name);
    if (length < sizeof(text)) {
      std::memcpy(text, name, length + 1);
      return;
    }
    std::memcpy(text, name, kHalf);
    text[kHalf] = 0;
    dropCutCharacter(text);
    char *at = text + std::strlen(text);
    std::memcpy(at, "...", 3);
    const char *end = name + length - kHalf;
    while (continuesCharacter(*end))
      ++end;
    std::memcpy(at + 3, end, std::strlen(end) + 1);
  }

  const char *c_str() const { return text; }

private:
  char text[140];
};

} // namespace swage

#endif // SWAGE_RUNTIME_SUPPORT_STATUS_H
