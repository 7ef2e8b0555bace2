//===- Device.cpp - Opening and closing devices ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Device.h"
#include <new>

using namespace swage::runtime;

/// The device holds the account of memory, so it stands outside of it.
static void endDevice(swage_device_t *device) {
  swage_allocator_t allocator = device->host.allocator;
  device->~swage_device_t();
  allocator.free(allocator.self, device, sizeof(*device));
}

swage_status_code_t swage_device_create(const swage_device_options_t *options,
                                        swage_device_t **out_device,
                                        swage_status_t *status) {
  swage_device_options_t given;
  if (Code code = readOptions(options, "device options", given, status))
    return code;
  if (!out_device)
    return fail(status, SWAGE_INVALID_ARGUMENT, "have no out_device");
  if (given.driver && strcmp(given.driver, "cpu") != 0)
    return fail(status, SWAGE_NOT_FOUND, "have driver '%.60s', require 'cpu'",
                given.driver);
  bool noAllocate = !given.allocator.allocate, noFree = !given.allocator.free;
  if (noAllocate != noFree)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have an allocator without %s, require both functions",
                noFree ? "free" : "allocate");
  swage_allocator_t allocator =
      noAllocate ? defaultAllocator() : given.allocator;
  void *memory = allocator.allocate(allocator.self, sizeof(swage_device_t),
                                    alignof(swage_device_t));
  if (!memory)
    return fail(status, SWAGE_OUT_OF_MEMORY, "cannot allocate a device");
  auto *device =
      new (memory) swage_device_t(allocator, given.logger, given.memory_limit);
  if (Code code = createCpuDriver(device->host, given.threads, &device->driver,
                                  status)) {
    endDevice(device);
    return code;
  }
  *out_device = device;
  return succeed(status);
}

void swage_device_destroy(swage_device_t *device) {
  if (device && device->references.fetch_sub(1) == 1)
    endDevice(device);
}

uint64_t swage_device_memory(const swage_device_t *device) {
  return device ? device->host.bytesUsed() : 0;
}

const char *swage_device_driver(const swage_device_t *device) {
  return device ? device->driver->name() : nullptr;
}

const char *swage_device_name(const swage_device_t *device) {
  return device ? device->driver->deviceName() : nullptr;
}

uint32_t swage_device_threads(const swage_device_t *device) {
  return device ? device->driver->threads() : 0;
}

const char *swage_device_feature(const swage_device_t *device, size_t index) {
  return device ? device->driver->feature(index) : nullptr;
}
