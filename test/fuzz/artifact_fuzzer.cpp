//===- artifact_fuzzer.cpp - Loading must survive any bytes ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte of an input says what the rest is: an even one, the table of
// an artifact; an odd one, its code; 255, the whole file. Checksums are made
// right, since no mutation would get past them. Whatever loads gets a session;
// nothing is run, because an artifact's code is trusted.
//
//===----------------------------------------------------------------------===//

#include "ToyModel.h"
#include "runtime/schema/header.h"
#include <cstdlib>

using namespace toy;

/// The toy artifact with another table.
static std::vector<uint8_t> withTable(const uint8_t *data, size_t size) {
  static const std::vector<uint8_t> whole = Model().write();
  std::vector<uint8_t> file = whole;
  if (size > kSegmentAlignment - kHeaderSize)
    size = kSegmentAlignment - kHeaderSize;
  std::copy(data, data + size, file.begin() + kHeaderSize);
  Header header;
  header.fileSize = file.size();
  header.tableSize = size;
  header.tableChecksum = crc32c(file.data() + kHeaderSize, size);
  writeHeader(header, file.data());
  return file;
}

/// The toy artifact with other code.
static std::vector<uint8_t> withCode(const uint8_t *data, size_t size) {
  Model model;
  model.segments[0].assign(data, data + std::min(size, kSegmentAlignment));
  return model.write();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static swage_device_t *device = [] {
    swage_device_options_t options = swage_device_options_default();
    options.threads = 1;
    swage_device_t *opened = nullptr;
    if (swage_device_create(&options, &opened, nullptr))
      abort();
    return opened;
  }();
  if (size == 0)
    return 0;
  uint8_t what = *data++;
  --size;
  Aligned file(what == 255 ? std::vector<uint8_t>(data, data + size)
               : what % 2  ? withCode(data, size)
                           : withTable(data, size));
  swage_module_t *module = nullptr;
  swage_session_t *session = nullptr;
  swage_status_t status;
  if (swage_module_load_memory(device, file.data(), file.size(), &module,
                               &status) == SWAGE_OK)
    swage_session_create(module, nullptr, &session, &status);
  swage_session_destroy(session);
  swage_module_destroy(module);
  return 0;
}
