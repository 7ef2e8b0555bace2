//===- Passes.h - From schedule kernels to CPU code -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_PASSES_H
#define SWAGE_TARGETS_CPU_DIALECT_PASSES_H

#include "dialects/schedule/Schedule.h"
#include "mlir/Pass/Pass.h"

namespace swage::cpu {

#define GEN_PASS_DECL
#include "targets/cpu/dialect/Passes.h.inc"

/// The name of the module with the program's code for its target (0) or one of
/// its levels (1 and up).
std::string codeName(schedule::ProgramOp program, size_t level);

#define GEN_PASS_REGISTRATION
#include "targets/cpu/dialect/Passes.h.inc"

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_DIALECT_PASSES_H
