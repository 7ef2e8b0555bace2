//===- Passes.h - Passes of the stage raise -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_RAISING_PASSES_H
#define SWAGE_PASSES_RAISING_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/raising/Passes.h.inc"

/// The stage `raise`:
///  1. canonicalization;
///  2. VerifyImported: what the stage `fuse` relies on.
void buildRaisingPipeline(mlir::OpPassManager &pm);

/// Registers the passes of this folder and the pipeline `swage-raise`.
void registerRaising();

#define GEN_PASS_REGISTRATION
#include "passes/raising/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_RAISING_PASSES_H
