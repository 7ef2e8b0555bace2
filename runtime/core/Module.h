//===- Module.h - The object behind swage_module_t ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_MODULE_H
#define SWAGE_RUNTIME_CORE_MODULE_H

#include "runtime/core/Artifact.h"
#include "runtime/core/Device.h"
#include "swage/module.h"

/// Counts who keeps it: its creator and its sessions.
struct swage_module_t {
  swage_device_t *device = nullptr;
  std::atomic<uint32_t> references{1};
  swage::runtime::Artifact artifact;
  const swage::schema::Program *program = nullptr;
  swage::runtime::Executable *executable = nullptr;
  swage_module_info_t info = {};
  uint64_t weightBytes = 0;
  /// The cache types of all entry points, one after the other.
  swage::runtime::Array<const char *> cacheTypes;
  swage::runtime::Array<swage_entry_point_info_t> entryPoints;

  const swage::runtime::Host &host() const { return device->host; }

  ~swage_module_t() {
    if (executable)
      executable->destroy();
  }
};

#endif // SWAGE_RUNTIME_CORE_MODULE_H
