//===- Saved.h - Saved sequences in memory --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_RUNTIME_SAVED_H
#define SWAGE_TEST_UNIT_RUNTIME_SAVED_H

#include "swage/session.h"
#include <cstring>
#include <vector>

namespace toy {

/// What was saved, and how much of it has been read.
struct Saved {
  std::vector<uint8_t> bytes;
  size_t at = 0;

  static int write(void *self, const void *data, size_t size) {
    auto &to = static_cast<Saved *>(self)->bytes;
    auto *from = static_cast<const uint8_t *>(data);
    to.insert(to.end(), from, from + size);
    return 0;
  }
  static int read(void *self, void *data, size_t size) {
    Saved &saved = *static_cast<Saved *>(self);
    if (size > saved.bytes.size() - saved.at)
      return 1;
    if (size)
      std::memcpy(data, saved.bytes.data() + saved.at, size);
    saved.at += size;
    return 0;
  }

  swage_status_code_t save(swage_session_t *session,
                           std::vector<swage_sequence_t> ids,
                           swage_status_t *status) {
    bytes.clear();
    return swage_session_save(session, ids.data(), ids.size(), write, this,
                              status);
  }
  swage_status_code_t load(swage_session_t *session, swage_sequence_t *ids,
                           size_t capacity, size_t *count,
                           swage_status_t *status) {
    at = 0;
    return swage_session_load(session, read, this, ids, capacity, count,
                              status);
  }
};

} // namespace toy

#endif // SWAGE_TEST_UNIT_RUNTIME_SAVED_H
