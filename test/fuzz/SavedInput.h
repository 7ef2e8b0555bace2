//===- SavedInput.h - Saved sequences as inputs of a fuzzer -----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first byte of an input says what is made right of the saved sequences
// behind it, since no mutation would get past it: bit 0, what tells the
// artifact; bit 1, checksums and size.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_FUZZ_SAVEDINPUT_H
#define SWAGE_TEST_FUZZ_SAVEDINPUT_H

#include "Saved.h"
#include "ToyModel.h"
#include "runtime/schema/header.h"
#include "runtime/schema/saved.h"
#include <algorithm>

namespace swage::test {

inline const std::vector<uint8_t> &toyArtifact() {
  static const std::vector<uint8_t> bytes = toy::Model().write();
  return bytes;
}

/// Writes the header that belongs to the bytes.
inline void repair(std::vector<uint8_t> &bytes, bool identity, bool checksums) {
  using namespace toy;
  // Of the toy model with its default cache.
  constexpr size_t kPageBytes = kPagePositions * kRowLength * 4;
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

/// What an input of at least one byte gives.
inline toy::Saved savedFrom(const uint8_t *data, size_t size) {
  toy::Saved saved;
  saved.bytes.assign(data + 1, data + size);
  repair(saved.bytes, data[0] & 1, data[0] & 2);
  return saved;
}

} // namespace swage::test

#endif // SWAGE_TEST_FUZZ_SAVEDINPUT_H
