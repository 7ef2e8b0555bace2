//===- Options.h - Structures that grow from version to version -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SUPPORT_OPTIONS_H
#define SWAGE_RUNTIME_SUPPORT_OPTIONS_H

#include "runtime/support/Status.h"

namespace swage {

/// No version's structure is larger; a size above it was never set.
constexpr size_t kMaxOptionsSize = 4096;

/// Copies the caller's options, called `what`; null means the defaults. They
/// may be of an older, shorter version, and of a newer, longer one as long as
/// they ask for nothing that only that one knows.
template <typename T>
swage_status_code_t readOptions(const T *options, const char *what, T &copy,
                                swage_status_t *status) {
  copy = {};
  copy.size = sizeof(T);
  if (!options)
    return SWAGE_OK;
  const T &given = *options;
  if (given.size < sizeof(size_t) || given.size > kMaxOptionsSize)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %s of size %zu, require the structure's, %zu", what,
                given.size, sizeof(T));
  const char *bytes = reinterpret_cast<const char *>(&given);
  for (size_t i = sizeof(T); i < given.size; ++i)
    if (bytes[i])
      return fail(status, SWAGE_UNSUPPORTED,
                  "have %s of size %zu with a value in byte %zu, require zeros "
                  "from byte %zu on, which this version does not know; update "
                  "Swage",
                  what, given.size, i, sizeof(T));
  std::memcpy(static_cast<void *>(&copy), bytes,
              given.size < sizeof(T) ? given.size : sizeof(T));
  return SWAGE_OK;
}

} // namespace swage

#endif // SWAGE_RUNTIME_SUPPORT_OPTIONS_H
