//===- Limits.h - What this machine could do at most ------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_LIMITS_H
#define SWAGE_COMPILER_TOOLS_SWAGE_LIMITS_H

#include "llvm/Support/JSON.h"
#include <cstdint>

namespace swage::cli {

/// Measured with a number of threads; 0 where this processor or this program's
/// architecture has no such instruction.
struct Limits {
  /// Bytes a second of the fastest of several ways to read 1 GiB.
  double readBandwidth = 0;
  /// Multiply-adds on registers alone, two operations each, a second.
  double f32Operations = 0, bf16Operations = 0;
};

/// Takes about two seconds and 1 GiB of memory, which is given back.
Limits measureLimits(uint32_t threads);

llvm::json::Object toJson(const Limits &limits);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_LIMITS_H
