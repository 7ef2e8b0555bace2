//===- crc32c.h - CRC-32C (Castagnoli), eight bytes at a time -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The checksum of everything in an artifact; the compiler computes it and the
// runtime checks it. crc32c("123456789") is 0xe3069283.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_SCHEMA_CRC32C_H
#define SWAGE_RUNTIME_SCHEMA_CRC32C_H

#include <cstddef>
#include <cstdint>

namespace swage::schema {

namespace detail {

/// byte[i][b] is the checksum of byte b followed by i zero bytes.
struct Crc32cTables {
  uint32_t byte[8][256];

  constexpr Crc32cTables() : byte() {
    for (uint32_t b = 0; b < 256; ++b) {
      uint32_t crc = b;
      for (int bit = 0; bit < 8; ++bit)
        crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0);
      byte[0][b] = crc;
    }
    for (int i = 1; i < 8; ++i)
      for (uint32_t b = 0; b < 256; ++b)
        byte[i][b] = (byte[i - 1][b] >> 8) ^ byte[0][byte[i - 1][b] & 0xff];
  }
};

inline constexpr Crc32cTables kCrc32cTables;

} // namespace detail

/// CRC-32C of `size` bytes. To go on after earlier bytes, pass their checksum
/// as `previous`.
inline uint32_t crc32c(const void *data, size_t size, uint32_t previous = 0) {
  const auto &t = detail::kCrc32cTables.byte;
  const auto *p = static_cast<const uint8_t *>(data);
  uint32_t crc = ~previous;
  for (; size >= 8; size -= 8, p += 8) {
    crc ^= p[0] | p[1] << 8 | p[2] << 16 | uint32_t(p[3]) << 24;
    crc = t[7][crc & 0xff] ^ t[6][crc >> 8 & 0xff] ^ t[5][crc >> 16 & 0xff] ^
          t[4][crc >> 24] ^ t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
  }
  for (; size; --size)
    crc = (crc >> 8) ^ t[0][(crc ^ *p++) & 0xff];
  return ~crc;
}

} // namespace swage::schema

#endif // SWAGE_RUNTIME_SCHEMA_CRC32C_H
