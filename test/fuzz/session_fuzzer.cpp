//===- session_fuzzer.cpp - Loading sequences must survive any bytes ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte of an input says what is made right of the saved sequences
// behind it, since no mutation would get past it: bit 0, what tells the
// artifact; bit 1, checksums and size. What loads is run and saved again.
//
//===----------------------------------------------------------------------===//

#include "Saved.h"
#include "ToyModel.h"
#include "runtime/schema/saved.h"
#include <cstdlib>

using namespace toy;

/// Of the toy model with its default cache.
static constexpr size_t kPageBytes = kPagePositions * kRowLength * 4;

static const std::vector<uint8_t> &toyArtifact() {
  static const std::vector<uint8_t> bytes = Model().write();
  return bytes;
}

static swage_session_t *openSession() {
  static const Aligned file(toyArtifact());
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

/// Writes the header that belongs to the bytes.
static void repair(std::vector<uint8_t> &bytes, bool identity, bool checksums) {
  if (bytes.size() < kSavedHeaderSize)
    return;
  SavedHeader header = readSavedHeader(bytes.data());
  if (identity) {
    header.artifactSize = toyArtifact().size();
    header.artifactChecksum = readHeader(toyArtifact().data()).tableChecksum;
    header.version = kSavedVersion;
    header.headerSize = kSavedHeaderSize;
  }
  size_t index = bytes.size() - kSavedHeaderSize;
  if (checksums) {
    index = std::min<size_t>(index, header.indexSize);
    uint8_t *page = bytes.data() + kSavedHeaderSize + index;
    size_t pages = (bytes.size() - kSavedHeaderSize - index) / (kPageBytes + 4);
    for (size_t i = 0; i < pages; ++i, page += kPageBytes + 4)
      detail::putLittle(page + kPageBytes, crc32c(page, kPageBytes), 4);
    header.indexChecksum = crc32c(bytes.data() + kSavedHeaderSize, index);
    header.size = kSavedHeaderSize + header.indexSize +
                  header.pageCount * uint64_t(kPageBytes + 4);
  }
  writeSavedHeader(header, bytes.data());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static swage_session_t *session = openSession();
  if (size == 0)
    return 0;
  Saved saved;
  saved.bytes.assign(data + 1, data + size);
  repair(saved.bytes, data[0] & 1, data[0] & 2);
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
