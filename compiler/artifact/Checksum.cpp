//===- Checksum.cpp - Checksums of bytes in pieces -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Checksum.h"

namespace swage::artifact {

// A checksum is a polynomial over GF(2) modulo that of CRC-32C, the
// coefficient of x^0 in the highest bit. A zero byte behind the data multiplies
// it by x^8.

static constexpr uint32_t kPolynomial = 0x82f63b78;
static constexpr uint32_t kOne = 1u << 31, kX = 1u << 30;

static uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit; bit >>= 1) {
    if (a & bit)
      product ^= b;
    b = b & 1 ? b >> 1 ^ kPolynomial : b >> 1;
  }
  return product;
}

uint32_t combineChecksums(uint32_t first, uint32_t second,
                          uint64_t secondSize) {
  uint32_t shift = kOne, square = multiply(kX, kX);
  square = multiply(square, square);
  square = multiply(square, square); // x^8
  for (; secondSize; secondSize >>= 1) {
    if (secondSize & 1)
      shift = multiply(shift, square);
    square = multiply(square, square);
  }
  return multiply(shift, first) ^ second;
}

} // namespace swage::artifact
