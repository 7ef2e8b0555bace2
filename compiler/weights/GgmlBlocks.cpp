//===- GgmlBlocks.cpp - Blocks of GGML's types, taken apart ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include <cstring>

namespace swage::weights {

using compression::BlockLayout;

namespace {

/// Where an unpacked block has what; null for what its encoding lacks.
struct Parts {
  uint8_t *codes, *scaleCodes = nullptr, *minCodes = nullptr, *scale,
                  *minimum = nullptr;

  Parts(const BlockLayout &layout, uint8_t *block)
      : codes(block), scale(block + layout.scales.floatsOffset) {
    if (layout.scales.codesOffset)
      scaleCodes = block + *layout.scales.codesOffset;
    if (!layout.minima)
      return;
    minimum = block + layout.minima->floatsOffset;
    if (layout.minima->codesOffset)
      minCodes = block + *layout.minima->codesOffset;
  }
};

void copyHalf(const uint8_t *from, uint8_t *to) { std::memcpy(to, from, 2); }

/// K-types subtract minima. Here they are added, so the sign is turned.
void copyNegated(const uint8_t *from, uint8_t *to) {
  copyHalf(from, to);
  to[1] ^= 0x80;
}

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
void unpackScalesAndMinima(const uint8_t *bytes, const Parts &out) {
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

void unpackQ2K(const uint8_t *block, const Parts &out) {
  for (int i = 0; i < 16; ++i) {
    out.scaleCodes[i] = block[i] & 0xf;
    out.minCodes[i] = block[i] >> 4;
  }
  unpackPairs(block + 16, out.codes);
  copyHalf(block + 80, out.scale);
  copyNegated(block + 82, out.minimum);
}

void unpackQ3K(const uint8_t *block, const Parts &out) {
  const uint8_t *high = block, *scales = block + 96;
  unpackPairs(block + 32, out.codes);
  // Bit j of a byte is the third bit of a column from 32j on.
  for (int i = 0; i < 256; ++i)
    out.codes[i] |= (high[i % 32] >> i / 32 & 1) << 2;
  for (int i = 0; i < 16; ++i) {
    int low = scales[i % 8] >> i / 8 * 4 & 0xf;
    out.scaleCodes[i] = low | (scales[8 + i % 4] >> i / 4 * 2 & 3) << 4;
  }
  copyHalf(block + 108, out.scale);
}

void unpackQ4K(const uint8_t *block, const Parts &out) {
  copyHalf(block, out.scale);
  copyNegated(block + 2, out.minimum);
  unpackScalesAndMinima(block + 4, out);
  for (int i = 0; i < 256; ++i)
    out.codes[i] = block[16 + i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 0xf;
}

void unpackQ5K(const uint8_t *block, const Parts &out) {
  unpackQ4K(block, out); // The head is the same.
  const uint8_t *fifth = block + 16, *low = block + 48;
  for (int i = 0; i < 256; ++i)
    out.codes[i] = (low[i / 64 * 32 + i % 32] >> i % 64 / 32 * 4 & 0xf) |
                   (fifth[i % 32] >> i / 32 & 1) << 4;
}

void unpackQ6K(const uint8_t *block, const Parts &out) {
  const uint8_t *low = block, *high = block + 128;
  for (int i = 0; i < 256; ++i) {
    int n = i / 128, j = i % 128;
    out.codes[i] = (low[n * 64 + j % 64] >> j / 64 * 4 & 0xf) |
                   (high[n * 32 + j % 32] >> j / 32 * 2 & 3) << 4;
  }
  for (int i = 0; i < 16; ++i)
    out.scaleCodes[i] = block[192 + i] ^ 0x80;
  copyHalf(block + 208, out.scale);
}

void unpackIQ4XS(const uint8_t *block, const Parts &out) {
  const uint8_t *high = block + 2, *low = block + 4;
  copyHalf(block, out.scale);
  for (int i = 0; i < 8; ++i) {
    out.scaleCodes[i] =
        (low[i / 2] >> i % 2 * 4 & 0xf) | (high[i / 4] >> i % 4 * 2 & 3) << 4;
    unpackNibbles(block + 8 + 16 * i, out.codes + 32 * i);
  }
}

/// 4 groups of 16, which are blocks of their own elsewhere.
void unpackNVFP4(const uint8_t *block, const BlockLayout &layout,
                 uint8_t *unpacked) {
  for (int i = 0; i < 4; ++i, unpacked += layout.bytes) {
    Parts out(layout, unpacked);
    // Scales have no sign, and what stands for NaN is zero.
    *out.scale = (block[i] & 0x7f) == 0x7f ? 0 : block[i] & 0x7f;
    for (int j = 0; j < 8; ++j) {
      uint8_t pair = block[4 + 8 * i + j];
      out.codes[j] = pair & 0xf;
      out.codes[8 + j] = pair >> 4;
    }
  }
}

/// 256 digits of base 3, five in a byte: a byte's digits are `width` columns
/// apart.
void unpackTQ1(const uint8_t *block, const Parts &out) {
  uint8_t *to = out.codes;
  auto unpack = [&](const uint8_t *bytes, int width, int digits) {
    for (int power = 1, n = 0; n < digits; ++n, power *= 3)
      for (int j = 0; j < width; ++j)
        *to++ = uint8_t(bytes[j] * power) * 3 >> 8;
  };
  unpack(block, 32, 5);
  unpack(block + 32, 16, 5);
  unpack(block + 48, 4, 4);
  copyHalf(block + 52, out.scale);
}

} // namespace

void unpackGgml(Dtype dtype, const uint8_t *block, const BlockLayout &layout,
                uint8_t *unpacked) {
  Parts out(layout, unpacked);
  switch (dtype) {
  case Dtype::Q4_0:
    copyHalf(block, out.scale);
    return unpackNibbles(block + 2, out.codes);
  case Dtype::Q4_1:
    copyHalf(block, out.scale);
    copyHalf(block + 2, out.minimum);
    return unpackNibbles(block + 4, out.codes);
  case Dtype::Q5_0:
    copyHalf(block, out.scale);
    unpackNibbles(block + 6, out.codes);
    return addFifthBits(block + 2, out.codes);
  case Dtype::Q5_1:
    copyHalf(block, out.scale);
    copyHalf(block + 2, out.minimum);
    unpackNibbles(block + 8, out.codes);
    return addFifthBits(block + 4, out.codes);
  case Dtype::Q8_0:
    copyHalf(block, out.scale);
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
  case Dtype::IQ4_NL:
    copyHalf(block, out.scale);
    return unpackNibbles(block + 2, out.codes);
  case Dtype::IQ4_XS:
    return unpackIQ4XS(block, out);
  case Dtype::MXFP4:
    *out.scale = *block;
    return unpackNibbles(block + 1, out.codes);
  case Dtype::NVFP4:
    return unpackNVFP4(block, layout, unpacked);
  case Dtype::TQ1_0:
    return unpackTQ1(block, out);
  case Dtype::TQ2_0:
    copyHalf(block + 64, out.scale);
    return unpackPairs(block, out.codes);
  default:
    return unpackGgmlGrid(dtype, block, layout, unpacked);
  }
}

} // namespace swage::weights
