//===- saved.h - The first 64 bytes of saved sequences --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All numbers are little-endian.
//
//   offset size
//        0    8  magic "SWAGESEQ"
//        8    4  version, 1
//       12    4  header size, 64
//       16    8  size of all that is saved
//       24    8  size of the artifact's file
//       32    4  CRC-32C of the artifact's table
//       36    4  context of the session
//       40    4  number of sequences
//       44    4  number of pages
//       48    4  size of the index
//       52    4  CRC-32C of the index
//       56    4  reserved, zero
//       60    4  CRC-32C of bytes 0 to 59
//
// The index follows: the names of entry point, target and cache type, each
// with its length before it in 32 bits; then, for each sequence, its length,
// the length that was declared for it (or 0), and its pages by number, all in
// 32 bits. Pages follow: of each one its part in every state buffer, in their
// order, and the CRC-32C of these bytes.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SCHEMA_SAVED_H
#define SWAGE_RUNTIME_SCHEMA_SAVED_H

#include "runtime/schema/header.h"

namespace swage::schema {

inline constexpr char kSavedMagic[9] = "SWAGESEQ";
inline constexpr uint32_t kSavedVersion = 1;
inline constexpr uint32_t kSavedHeaderSize = 64;

/// The header's fields; `headerChecksum` is what the data says.
struct SavedHeader {
  uint32_t version = kSavedVersion;
  uint32_t headerSize = kSavedHeaderSize;
  uint64_t size = 0;
  uint64_t artifactSize = 0;
  uint32_t artifactChecksum = 0;
  uint32_t context = 0;
  uint32_t sequenceCount = 0;
  uint32_t pageCount = 0;
  uint32_t indexSize = 0;
  uint32_t indexChecksum = 0;
  uint32_t headerChecksum = 0;
};

/// Writes `header` with its magic and the right checksum into 64 bytes.
inline void writeSavedHeader(const SavedHeader &header, uint8_t *bytes) {
  std::memset(bytes, 0, kSavedHeaderSize);
  std::memcpy(bytes, kSavedMagic, 8);
  detail::putLittle(bytes + 8, header.version, 4);
  detail::putLittle(bytes + 12, header.headerSize, 4);
  detail::putLittle(bytes + 16, header.size, 8);
  detail::putLittle(bytes + 24, header.artifactSize, 8);
  detail::putLittle(bytes + 32, header.artifactChecksum, 4);
  detail::putLittle(bytes + 36, header.context, 4);
  detail::putLittle(bytes + 40, header.sequenceCount, 4);
  detail::putLittle(bytes + 44, header.pageCount, 4);
  detail::putLittle(bytes + 48, header.indexSize, 4);
  detail::putLittle(bytes + 52, header.indexChecksum, 4);
  detail::putLittle(bytes + 60, crc32c(bytes, 60), 4);
}

/// The fields of 64 bytes, unchecked.
inline SavedHeader readSavedHeader(const uint8_t *bytes) {
  SavedHeader header;
  header.version = uint32_t(detail::getLittle(bytes + 8, 4));
  header.headerSize = uint32_t(detail::getLittle(bytes + 12, 4));
  header.size = detail::getLittle(bytes + 16, 8);
  header.artifactSize = detail::getLittle(bytes + 24, 8);
  header.artifactChecksum = uint32_t(detail::getLittle(bytes + 32, 4));
  header.context = uint32_t(detail::getLittle(bytes + 36, 4));
  header.sequenceCount = uint32_t(detail::getLittle(bytes + 40, 4));
  header.pageCount = uint32_t(detail::getLittle(bytes + 44, 4));
  header.indexSize = uint32_t(detail::getLittle(bytes + 48, 4));
  header.indexChecksum = uint32_t(detail::getLittle(bytes + 52, 4));
  header.headerChecksum = uint32_t(detail::getLittle(bytes + 60, 4));
  return header;
}

} // namespace swage::schema

#endif // SWAGE_RUNTIME_SCHEMA_SAVED_H
