//===- Device.h - The object behind swage_device_t ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_DEVICE_H
#define SWAGE_RUNTIME_CORE_DEVICE_H

#include "runtime/core/Driver.h"
#include "runtime/support/Options.h"
#include "swage/device.h"
#include <atomic>

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

using swage::readOptions;

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_DEVICE_H
