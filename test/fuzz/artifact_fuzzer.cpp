//===- artifact_fuzzer.cpp - Loading must survive any bytes ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArtifactInput.h"
#include <cstdlib>

static swage_device_t *openDevice() {
  swage_device_options_t options = swage_device_options_default();
  options.threads = 1;
  // No mutation of the toy model needs more, and what asks for it is slow.
  options.memory_limit = 256 << 20;
  swage_device_t *device = nullptr;
  if (swage_device_create(&options, &device, nullptr))
    abort();
  return device;
}

/// Whatever the bytes are, there is a message, or a schedule that runs.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static swage_device_t *device = openDevice();
  if (size == 0)
    return 0;
  swage_status_t status = {};
  if (swage::test::ArtifactInput(data, size).use(device, &status) &&
      !status.message[0])
    abort();
  return 0;
}
