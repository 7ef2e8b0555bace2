//===- Tolerances.h - How far goldens may be missed -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// `swage verify` compares results with goldens, which were computed in f32, by
// the root mean square of the errors relative to that of the golden. A result
// may miss it by the rounding of the narrowest type that rows or the cache have
// on the way:
//
//   f32   1e-4    Sums are added in another order at most (another device);
//                 processors of one architecture give the same bits. A sum of
//                 4096 products wanders by some sqrt(4096) * 2^-24 = 4e-6, and
//                 a hundred layers of them by ten times that.
//   f16   2e-2    Unit roundoff 2^-11 = 5e-4, which a hundred roundings one
//                 behind the other turn into 5e-3.
//   bf16  1e-1    Unit roundoff 2^-8 = 4e-3, likewise 4e-2.
//   int8  2e-1    Half a step of a group's 127 is 4e-3 of its largest
//                 magnitude, and twice that of a typical one.
//   fp8   4e-1    Unit roundoff 2^-4 = 6e-2, of a cache alone: a query reads
//                 many positions, whose errors differ.
//   int4  4e-1    Half a step of a group's 15 is 3e-2 of its range; a cache.
//
// Each bound leaves a factor of two to four. What they cannot tell is found by
// the checksums: a flipped low bit of a weight. What they do tell is code or a
// processor that computes something else.

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TOLERANCES_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TOLERANCES_H

#include "runtime/schema/artifact_generated.h"
#include <algorithm>

namespace swage::cli {

inline double toleranceOf(schema::Element element) {
  switch (element) {
  case schema::Element::F16:
    return 2e-2;
  case schema::Element::BF16:
    return 1e-1;
  case schema::Element::I8:
    return 2e-1;
  case schema::Element::F32:
  case schema::Element::I32:
  case schema::Element::U8:
    break;
  }
  return 1e-4;
}

inline double toleranceOfCache(const std::string &type) {
  if (type == "fp8" || type == "int4")
    return 4e-1;
  return toleranceOf(type == "int8"   ? schema::Element::I8
                     : type == "bf16" ? schema::Element::BF16
                     : type == "f16"  ? schema::Element::F16
                                      : schema::Element::F32);
}

/// For what the variants of an entry point with this cache type compute.
inline double toleranceOf(const schema::EntryPoint &entry,
                          const std::string &kvCache) {
  double tolerance = toleranceOfCache(kvCache);
  for (const schema::Variant *variant : *entry.variants()) {
    if ((variant->kv_cache() ? variant->kv_cache()->str() : "") != kvCache)
      continue;
    for (const schema::Buffer *buffer : *variant->buffers())
      if (buffer->rows() || buffer->element() == schema::Element::I8)
        tolerance = std::max(tolerance, toleranceOf(buffer->element()));
  }
  return tolerance;
}

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TOLERANCES_H
