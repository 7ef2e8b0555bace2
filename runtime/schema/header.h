//===- header.h - The first 64 bytes of an artifact -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All numbers are little-endian.
//
//   offset size
//        0    8  magic "SWAGEART"
//        8    4  schema version, 1
//       12    4  header size, 64
//       16    8  size of the file
//       24    8  offset of the table, 64
//       32    8  size of the table (a FlatBuffer, see artifact.fbs)
//       40    4  CRC-32C of the table
//       44   16  reserved, zero
//       60    4  CRC-32C of bytes 0 to 59
//
// Segments follow, each at a multiple of 65536.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SCHEMA_HEADER_H
#define SWAGE_RUNTIME_SCHEMA_HEADER_H

#include "runtime/schema/crc32c.h"
#include <cstring>

namespace swage::schema {

inline constexpr char kMagic[9] = "SWAGEART";
inline constexpr uint32_t kSchemaVersion = 1;
inline constexpr uint32_t kHeaderSize = 64;
/// Of every segment in the file.
inline constexpr uint64_t kSegmentAlignment = 65536;
/// Of every weight in its segment.
inline constexpr uint64_t kWeightAlignment = 256;

/// The header's fields; `headerChecksum` is what the file says.
struct Header {
  uint32_t version = kSchemaVersion;
  uint32_t headerSize = kHeaderSize;
  uint64_t fileSize = 0;
  uint64_t tableOffset = kHeaderSize;
  uint64_t tableSize = 0;
  uint32_t tableChecksum = 0;
  uint32_t headerChecksum = 0;
};

namespace detail {

inline void putLittle(uint8_t *to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    to[i] = uint8_t(value >> 8 * i);
}

inline uint64_t getLittle(const uint8_t *from, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= uint64_t(from[i]) << 8 * i;
  return value;
}

} // namespace detail

/// Writes `header` with its magic and the right checksum into 64 bytes.
inline void writeHeader(const Header &header, uint8_t *bytes) {
  std::memset(bytes, 0, kHeaderSize);
  std::memcpy(bytes, kMagic, 8);
  detail::putLittle(bytes + 8, header.version, 4);
  detail::putLittle(bytes + 12, header.headerSize, 4);
  detail::putLittle(bytes + 16, header.fileSize, 8);
  detail::putLittle(bytes + 24, header.tableOffset, 8);
  detail::putLittle(bytes + 32, header.tableSize, 8);
  detail::putLittle(bytes + 40, header.tableChecksum, 4);
  detail::putLittle(bytes + 60, crc32c(bytes, 60), 4);
}

/// True if the 8 bytes are the magic.
inline bool hasMagic(const uint8_t *bytes) {
  return std::memcmp(bytes, kMagic, 8) == 0;
}

/// The fields of 64 bytes, unchecked.
inline Header readHeader(const uint8_t *bytes) {
  Header header;
  header.version = uint32_t(detail::getLittle(bytes + 8, 4));
  header.headerSize = uint32_t(detail::getLittle(bytes + 12, 4));
  header.fileSize = detail::getLittle(bytes + 16, 8);
  header.tableOffset = detail::getLittle(bytes + 24, 8);
  header.tableSize = detail::getLittle(bytes + 32, 8);
  header.tableChecksum = uint32_t(detail::getLittle(bytes + 40, 4));
  header.headerChecksum = uint32_t(detail::getLittle(bytes + 60, 4));
  return header;
}

} // namespace swage::schema

#endif // SWAGE_RUNTIME_SCHEMA_HEADER_H
