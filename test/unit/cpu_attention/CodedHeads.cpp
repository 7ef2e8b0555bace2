//===- CodedHeads.cpp - Reading a cache of codes, in plain loops ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu_attention/CodedHeads.h"
#include <cmath>
#include <cstring>

namespace swage::cpu::test {

static float readF16(const unsigned char *at) {
  _Float16 half;
  std::memcpy(&half, at, 2);
  return float(half);
}

/// Of E4M3: the largest exponent holds numbers, too, and one NaN.
static float smallFloat(unsigned char code) {
  int exponent = code >> 3 & 15, fraction = code & 7;
  float x = (code & 127) == 127 ? NAN
            : exponent          ? std::ldexp(float(8 + fraction), exponent - 10)
                                : std::ldexp(float(fraction), -9);
  return code & 128 ? -x : x;
}

namespace {

class Reader {
public:
  Reader(CacheCodes codes, int64_t headDim, const unsigned char *page,
         int64_t position)
      : codes(codes), headDim(headDim), page(page), position(position),
        layout(codes, headDim) {}

  /// `byteAt(d, position)`: where the code is; `isHigh`: in the high half.
  template <typename ByteAt, typename IsHigh>
  CodedHead read(ByteAt byteAt, IsHigh isHigh, int64_t scales, int64_t minima) {
    CodedHead head;
    for (int64_t d = 0; d < headDim; ++d) {
      int64_t factor = (d / layout.groupSize * kPagePositions + position) * 2;
      float scale = readF16(page + scales + factor) * float(layout.unit);
      unsigned char byte = page[byteAt(d)];
      float x = 0, error = scale / 2;
      switch (codes) {
      case CacheCodes::Int8:
        x = float(int8_t(byte)) * scale;
        break;
      case CacheCodes::Int4:
        x = std::fma(float(isHigh(d) ? byte >> 4 : byte & 15), scale,
                     readF16(page + minima + factor));
        break;
      case CacheCodes::E4M3:
        x = smallFloat(byte) * scale;
        error = std::max(std::abs(x) / 16, scale * 0x1p-10f);
        break;
      }
      head.elements.push_back(x);
      head.errors.push_back(error);
    }
    return head;
  }

  CacheCodes codes;
  int64_t headDim;
  const unsigned char *page;
  int64_t position;
  CodedPage layout;
};

} // namespace

CodedHead readCodedKey(CacheCodes codes, int64_t headDim,
                       const unsigned char *page, int64_t position) {
  Reader reader(codes, headDim, page, position);
  int64_t perByte = codes == CacheCodes::Int4 ? 2 : 1;
  return reader.read(
      [&](int64_t d) { return d / perByte * kPagePositions + position; },
      [](int64_t d) { return d % 2; }, reader.layout.keyScales,
      reader.layout.keyMinima);
}

CodedHead readCodedValue(CacheCodes codes, int64_t headDim,
                         const unsigned char *page, int64_t position) {
  Reader reader(codes, headDim, page, position);
  int64_t perByte = codes == CacheCodes::Int4 ? 2 : 1;
  int64_t row = (headDim + 15) / 16 * 16;
  return reader.read([&](int64_t d) { return position / perByte * row + d; },
                     [&](int64_t) { return position % 2; },
                     reader.layout.valueScales, reader.layout.valueMinima);
}

std::vector<double> hadamard(const std::vector<double> &head, int64_t size) {
  std::vector<double> result(head.size());
  for (size_t i = 0; i < head.size(); ++i)
    for (int64_t j = 0; j < size; ++j) {
      double sign = __builtin_popcountll(i % size & j) % 2 ? -1 : 1;
      result[i] += sign * head[i / size * size + j] / std::sqrt(double(size));
    }
  return result;
}

} // namespace swage::cpu::test
