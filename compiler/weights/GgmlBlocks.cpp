//===- GgmlBlocks.cpp - Blocks of GGML's types, taken apart ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"

namespace swage::weights {
namespace {

uint16_t half(const uint8_t *bytes) {
  return llvm::support::endian::read16le(bytes);
}

/// The factors of blocks of 32 are subtracted, those of 256 too: scales times
/// codes less minima. Here minima are added, so the float's sign is turned.
uint16_t negated(const uint8_t *bytes) { return half(bytes) ^ 0x8000; }

/// 32 codes of 4 bits: the low halves of 16 bytes, then the high ones.
void unpackNibbles(const uint8_t *bytes, uint8_t *codes) {
  for (int j = 0; j < 16; ++j) {
    codes[j] = bytes[j] & 0xf;
    codes[16 + j] = bytes[j] >> 4;
  }
}

/// Adds the fifth bits of 32 codes.
void addFifthBits(const uint8_t *bytes, uint8_t *codes) {
  for (int j = 0; j < 32; ++j)
    codes[j] |= (bytes[j / 8] >> j % 8 & 1) << 4;
}

/// 8 scales and 8 minima of 6 bits each in 12 bytes, as in Q4_K and Q5_K.
void unpackScalesAndMinima(const uint8_t *bytes, GroupBlock &out) {
  for (int j = 0; j < 4; ++j) {
    out.scaleCodes[j] = bytes[j] & 63;
    out.minCodes[j] = bytes[j + 4] & 63;
    out.scaleCodes[j + 4] = (bytes[j + 8] & 0xf) | bytes[j] >> 6 << 4;
    out.minCodes[j + 4] = bytes[j + 8] >> 4 | bytes[j + 4] >> 6 << 4;
  }
}

/// 256 codes of 2 bits: in each half, the bits 2j of 32 bytes are those of the
/// columns from 32j on.
void unpackPairs(const uint8_t *bytes, uint8_t *codes) {
  for (int i = 0; i < 256; ++i)
    codes[i] = bytes[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;
}

void unpackQ2K(const uint8_t *block, GroupBlock &out) {
  for (int i = 0; i < 16; ++i) {
    out.scaleCodes[i] = block[i] & 0xf;
    out.minCodes[i] = block[i] >> 4;
  }
  unpackPairs(block + 16, out.codes);
  out.scale = half(block + 80);
  out.minimum = negated(block + 82);
}

void unpackQ3K(const uint8_t *block, GroupBlock &out) {
  const uint8_t *high = block, *scales = block + 96;
  unpackPairs(block + 32, out.codes);
  // Bit j of a byte is the third bit of a column from 32j on.
  for (int i = 0; i < 256; ++i)
    out.codes[i] |= (high[i % 32] >> i / 32 & 1) << 2;
  for (int i = 0; i < 16; ++i) {
    int low = scales[i % 8] >> i / 8 * 4 & 0xf;
    out.scaleCodes[i] = low | (scales[8 + i % 4] >> i / 4 * 2 & 3) << 4;
  }
  out.scale = half(block + 108);
}

void unpackQ4K(const uint8_t *block, GroupBlock &out) {
  out.scale = half(block);
  out.minimum = negated(block + 2);
  unpackScalesAndMinima(block + 4, out);
  for (int i = 0; i < 256; ++i)
    out.codes[i] = block[16 + i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 0xf;
}

void unpackQ5K(const uint8_t *block, GroupBlock &out) {
  unpackQ4K(block, out); // The head is the same.
  const uint8_t *fifth = block + 16, *low = block + 48;
  for (int i = 0; i < 256; ++i)
    out.codes[i] = (low[i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 0xf) |
                   (fifth[i % 32] >> i / 32 & 1) << 4;
}

void unpackQ6K(const uint8_t *block, GroupBlock &out) {
  const uint8_t *low = block, *high = block + 128;
  for (int i = 0; i < 256; ++i) {
    int n = i / 128, j = i % 128;
    out.codes[i] = (low[n * 64 + j % 64] >> j / 64 * 4 & 0xf) |
                   (high[n * 32 + j % 32] >> j / 32 * 2 & 3) << 4;
  }
  for (int i = 0; i < 16; ++i)
    out.scaleCodes[i] = block[192 + i] ^ 0x80;
  out.scale = half(block + 208);
}

} // namespace

void unpackGgml(Dtype dtype, const uint8_t *block, GroupBlock &out) {
  switch (dtype) {
  case Dtype::Q4_0:
    out.scale = half(block);
    return unpackNibbles(block + 2, out.codes);
  case Dtype::Q4_1:
    out.scale = half(block);
    out.minimum = half(block + 2);
    return unpackNibbles(block + 4, out.codes);
  case Dtype::Q5_0:
    out.scale = half(block);
    unpackNibbles(block + 6, out.codes);
    return addFifthBits(block + 2, out.codes);
  case Dtype::Q5_1:
    out.scale = half(block);
    out.minimum = half(block + 2);
    unpackNibbles(block + 8, out.codes);
    return addFifthBits(block + 4, out.codes);
  case Dtype::Q8_0:
    out.scale = half(block);
    for (int j = 0; j < 32; ++j)
      out.codes[j] = block[2 + j] ^ 0x80;
    return;
  case Dtype::Q2_K:
    return unpackQ2K(block, out);
  case Dtype::Q3_K:
    return unpackQ3K(block, out);
  case Dtype::Q4_K:
    return unpackQ4K(block, out);
  case Dtype::Q5_K:
    return unpackQ5K(block, out);
  case Dtype::Q6_K:
    return unpackQ6K(block, out);
  default:
    llvm_unreachable("only GGML's types have blocks");
  }
}

} // namespace swage::weights
