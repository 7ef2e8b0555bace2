//===- CodedHeads.h - Reading a cache of codes, in plain loops --*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_CPUATTENTION_CODEDHEADS_H
#define SWAGE_TEST_UNIT_CPUATTENTION_CODEDHEADS_H

#include "targets/cpu/CacheFormat.h"
#include <vector>

namespace swage::cpu::test {

/// What the codes of one position and head stand for, in f32.
struct CodedHead {
  std::vector<float> elements;
  /// How far each may be from what was appended: half a step of its codes.
  std::vector<double> errors;
};

/// Those at `position` of the head's page that begins at `page`.
CodedHead readCodedKey(CacheCodes codes, int64_t headDim,
                       const unsigned char *page, int64_t position);
CodedHead readCodedValue(CacheCodes codes, int64_t headDim,
                         const unsigned char *page, int64_t position);

/// The transform of keys and queries, by its definition: each element is a sum
/// over its block with signs, over the root of the block's size.
std::vector<double> hadamard(const std::vector<double> &head, int64_t size);

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPUATTENTION_CODEDHEADS_H
