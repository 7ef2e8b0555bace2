//===- session_fuzzer.cpp - Loading sequences must survive any bytes ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What loads is run and saved again; see SavedInput.h for the inputs.
//
//===----------------------------------------------------------------------===//

#include "SavedInput.h"
#include <cstdlib>

using namespace toy;

static swage_session_t *openSession() {
  static const Aligned file(swage::test::toyArtifact());
  swage_device_options_t options = swage_device_options_default();
  options.threads = 1;
  swage_session_options_t sizes = swage_session_options_default();
  sizes.max_sequences = 4;
  sizes.max_rows = 4;
  sizes.context = 24;
  swage_device_t *device = nullptr;
  swage_module_t *module = nullptr;
  swage_session_t *session = nullptr;
  if (swage_device_create(&options, &device, nullptr) ||
      swage_module_load_memory(device, file.data(), file.size(), &module,
                               nullptr) ||
      swage_session_create(module, &sizes, &session, nullptr))
    abort();
  return session;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static swage_session_t *session = openSession();
  if (size == 0)
    return 0;
  Saved saved = swage::test::savedFrom(data, size);
  swage_sequence_t kept, ids[3];
  size_t count = 0;
  swage_status_t status;
  if (swage_sequence_create(session, &kept, nullptr))
    abort();
  if (saved.load(session, ids, 3, &count, &status) == SWAGE_OK) {
    std::vector<swage_sequence_t> loaded(ids, ids + count);
    if (count && saved.save(session, loaded, &status))
      abort();
    int32_t token = 1;
    for (swage_sequence_t id : loaded)
      swage_session_append(session, id, &token, 1, nullptr, &status);
  }
  uint32_t length = 1;
  if (swage_sequence_length(session, kept, &length, nullptr) || length)
    abort();
  swage_session_reset(session);
  // All pages are free again.
  int32_t text[24] = {};
  for (int i = 0; i < 4; ++i) {
    swage_sequence_t id;
    if (swage_sequence_create(session, &id, nullptr) ||
        swage_session_append(session, id, text, 24, nullptr, nullptr))
      abort();
  }
  swage_session_reset(session);
  return 0;
}
