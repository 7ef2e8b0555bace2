//===- Passes.h - From schedule kernels to CPU code -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_PASSES_H
#define SWAGE_TARGETS_CPU_DIALECT_PASSES_H

#include "mlir/Pass/Pass.h"

namespace swage::cpu {

#define GEN_PASS_DECL
#include "targets/cpu/dialect/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "targets/cpu/dialect/Passes.h.inc"

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_DIALECT_PASSES_H
