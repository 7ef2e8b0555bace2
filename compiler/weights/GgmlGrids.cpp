//===- GgmlGrids.cpp - Blocks of GGML's types that number points ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include "dialects/compression/Grid.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include <cstring>

namespace swage::weights {

using compression::BlockLayout;
using compression::Grid;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

namespace {

/// An unpacked block of 256 columns.
struct Cells {
  uint8_t *codes, *scaleCodes, *scale;

  void put(int64_t column, uint32_t point, uint32_t bits) const {
    uint8_t *cell = codes + column;
    cell[0] = point & 0xff;
    cell[1] = point >> 8;
    cell[2] = bits;
  }
};

/// 4 bits of each group: the low ones of a byte first.
void unpackScales(const uint8_t *bytes, int groups, const Cells &out) {
  for (int g = 0; g < groups; ++g)
    out.scaleCodes[g] = bytes[g / 2] >> g % 2 * 4 & 0xf;
}

/// 32 columns in 32 bits: 4 times 7 bits of signs, and a scale.
uint32_t signsAndScale(const uint8_t *bytes, int group, const Cells &out) {
  uint32_t word = read32le(bytes);
  out.scaleCodes[group] = word >> 28;
  return word;
}

void unpackIQ2XXS(const uint8_t *block, const Cells &out) {
  for (int g = 0; g < 8; ++g) {
    const uint8_t *points = block + 2 + 8 * g;
    uint32_t signs = signsAndScale(points + 4, g, out);
    for (int c = 0; c < 4; ++c)
      out.put(32 * g + 8 * c, points[c], signs >> 7 * c & 0x7f);
  }
}

void unpackIQ2XS(const uint8_t *block, const Cells &out) {
  for (int c = 0; c < 32; ++c) {
    uint32_t code = read16le(block + 2 + 2 * c);
    out.put(8 * c, code & 0x1ff, code >> 9);
  }
  unpackScales(block + 66, 16, out);
}

void unpackIQ2S(const uint8_t *block, const Cells &out) {
  const uint8_t *low = block + 2, *signs = block + 34, *high = block + 66;
  for (int c = 0; c < 32; ++c)
    out.put(8 * c, low[c] | (high[c / 4] >> c % 4 * 2 & 3) << 8, signs[c]);
  unpackScales(block + 74, 16, out);
}

void unpackIQ3XXS(const uint8_t *block, const Cells &out) {
  for (int g = 0; g < 8; ++g) {
    uint32_t signs = signsAndScale(block + 66 + 4 * g, g, out);
    for (int c = 0; c < 8; ++c)
      out.put(32 * g + 4 * c, block[2 + 8 * g + c], signs >> c / 2 * 7 & 0x7f);
  }
}

void unpackIQ3S(const uint8_t *block, const Cells &out) {
  const uint8_t *low = block + 2, *high = block + 66, *signs = block + 74;
  for (int c = 0; c < 64; ++c)
    out.put(4 * c, low[c] | (high[c / 8] >> c % 8 & 1) << 8, signs[c / 2]);
  unpackScales(block + 106, 8, out);
}

void unpackIQ1S(const uint8_t *block, const Cells &out) {
  for (int g = 0; g < 8; ++g) {
    uint32_t high = read16le(block + 34 + 2 * g);
    out.scaleCodes[g] = high >> 12 & 7;
    for (int c = 0; c < 4; ++c)
      out.put(32 * g + 8 * c, block[2 + 4 * g + c] | (high >> 3 * c & 7) << 8,
              high >> 15);
  }
}

/// The float is in four parts, behind 4 scales of 3 bits each.
void unpackIQ1M(const uint8_t *block, const Cells &out) {
  uint32_t scale = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t scales = read16le(block + 48 + 2 * i);
    scale |= scales >> 12 << 4 * i;
    for (int g = 0; g < 4; ++g)
      out.scaleCodes[4 * i + g] = scales >> 3 * g & 7;
  }
  llvm::support::endian::write16le(out.scale, scale);
  for (int c = 0; c < 32; ++c) {
    uint32_t high = block[32 + c / 2] >> c % 2 * 4;
    out.put(8 * c, block[c] | (high & 7) << 8, high >> 3 & 1);
  }
}

} // namespace

void unpackGgmlGrid(Dtype dtype, const uint8_t *block,
                    const BlockLayout &layout, uint8_t *unpacked) {
  Cells out = {unpacked, unpacked + *layout.scales.codesOffset,
               unpacked + layout.scales.floatsOffset};
  std::memset(out.codes, 0, Grid::kColumns);
  std::memcpy(out.scale, block, 2);
  switch (dtype) {
  case Dtype::IQ2_XXS:
    return unpackIQ2XXS(block, out);
  case Dtype::IQ2_XS:
    return unpackIQ2XS(block, out);
  case Dtype::IQ2_S:
    return unpackIQ2S(block, out);
  case Dtype::IQ3_XXS:
    return unpackIQ3XXS(block, out);
  case Dtype::IQ3_S:
    return unpackIQ3S(block, out);
  case Dtype::IQ1_S:
    return unpackIQ1S(block, out);
  case Dtype::IQ1_M:
    return unpackIQ1M(block, out);
  default:
    llvm_unreachable("only GGML's types have blocks");
  }
}

} // namespace swage::weights
