//===- Device.h - The object behind swage_device_t ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_DEVICE_H
#define SWAGE_RUNTIME_CORE_DEVICE_H

#include "runtime/core/Driver.h"
#include "swage/device.h"
#include <atomic>
#include <cstring>

/// Counts who keeps it: its creator and its modules.
struct swage_device_t {
  swage_device_t(const swage_allocator_t &allocator,
                 const swage_logger_t &logger, uint64_t memoryLimit)
      : host(allocator, logger, memoryLimit) {}

  swage::runtime::Host host;
  swage::runtime::Driver *driver = nullptr;
  std::atomic<uint32_t> references{1};

  ~swage_device_t() {
    if (driver)
      driver->destroy();
  }
};

namespace swage::runtime {

/// Copies the caller's options, which may be of an older, shorter version.
template <typename T>
Code readOptions(const T *options, const char *what, T &copy,
                 swage_status_t *status) {
  copy = {};
  copy.size = sizeof(T);
  if (!options)
    return SWAGE_OK;
  if (options->size < sizeof(size_t))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %s of size %zu, require sizeof(*%s)", what, options->size,
                what);
  size_t known = options->size < sizeof(T) ? options->size : sizeof(T);
  memcpy(static_cast<void *>(&copy), options, known);
  return SWAGE_OK;
}

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_DEVICE_H
