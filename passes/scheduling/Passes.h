//===- Passes.h - Passes of the schedule stage ------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SCHEDULING_PASSES_H
#define SWAGE_PASSES_SCHEDULING_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/scheduling/Passes.h.inc"

/// The schedule stage: programs are built, then checked.
void buildSchedulePipeline(mlir::OpPassManager &manager);

/// Registers the passes, and the stage as `swage-schedule`.
void registerScheduling();

#define GEN_PASS_REGISTRATION
#include "passes/scheduling/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_SCHEDULING_PASSES_H
