//===- CacheFormat.h - How keys and values are stored -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A page of the cache holds keys and values as elements or as codes. A code
// stands for
//
//   int8   code / 64 * scale           -127..127  one scale for a position
//   fp8    E4M3(code) / 256 * scale    E4M3       one scale for a position
//   int4   code / 4 * scale + minimum  0..15      one of each for a position
//                                                 and some 32 dimensions
//
// The powers of two keep scales, which are f16, away from its subnormals.
//
// Everything of a position is known when it is appended, so that nothing about
// a page depends on how a text is cut into calls, and a sequence can go back to
// any position.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_CACHEFORMAT_H
#define SWAGE_TARGETS_CPU_CACHEFORMAT_H

#include <algorithm>
#include <cstdint>
#include <optional>

namespace swage::cpu {

enum class Element : uint8_t;

/// Positions in one page of the key/value cache.
inline constexpr int64_t kPagePositions = 64;

enum class CacheCodes : uint8_t { Int8, Int4, E4M3 };

struct CacheFormat {
  Element element{};               ///< if there are no codes
  std::optional<CacheCodes> codes; ///< kernels take such pages as bytes

  CacheFormat() = default;
  CacheFormat(Element element) : element(element) {}
  explicit CacheFormat(CacheCodes codes) : codes(codes) {}
};

/// One head's codes in a page, in bytes. Codes of 4 bits are in pairs, those of
/// even rows in the low halves. What codes are multiplied with follows them, as
/// f16: scales [groups][64], then minima [groups][64].
///
///   keys    codes [ceil(headDim / e)][64]   e = codes in a byte
///   values  codes [64 / e][valueRow]        valueRow = headDim rounded up to
///   16
struct CodedPage {
  int64_t perByte;   ///< codes in a byte
  int64_t groupSize; ///< dimensions with one scale; the last group may be less
  int64_t groups;
  int64_t keyScales, keyMinima, keyBytes;
  int64_t valueScales, valueMinima, valueBytes;
  bool hasMinima;
  double unit;     ///< what scales are multiplied with first
  double greatest; ///< magnitude of a code in these units
  /// Keys, and queries with them, are multiplied with a Hadamard matrix in
  /// blocks of so many dimensions, which spreads channels that are always
  /// large; scores stay the same. 1: they are not.
  int64_t rotation;

  constexpr CodedPage(CacheCodes codes, int64_t headDim)
      : perByte(codes == CacheCodes::Int4 ? 2 : 1),
        hasMinima(codes == CacheCodes::Int4),
        unit(codes == CacheCodes::Int8   ? 0x1p-6
             : codes == CacheCodes::Int4 ? 0x1p-2
                                         : 0x1p-8),
        greatest(unit * (codes == CacheCodes::Int8   ? 127
                         : codes == CacheCodes::Int4 ? 15
                                                     : 448)),
        rotation(codes == CacheCodes::E4M3 ? 1 : headDim & -headDim) {
    int64_t valueRow = (headDim + 15) / 16 * 16;
    int64_t wanted =
        codes == CacheCodes::Int4 ? std::max<int64_t>(1, headDim / 32) : 1;
    groupSize = ((headDim + wanted - 1) / wanted + 15) / 16 * 16;
    groups = (headDim + groupSize - 1) / groupSize;
    int64_t factors = groups * kPagePositions * 2;
    int64_t minima = hasMinima ? factors : 0;
    keyScales = (headDim + perByte - 1) / perByte * kPagePositions;
    keyMinima = keyScales + factors;
    keyBytes = keyMinima + minima;
    valueScales = kPagePositions / perByte * valueRow;
    valueMinima = valueScales + factors;
    valueBytes = valueMinima + minima;
  }
};

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_CACHEFORMAT_H
