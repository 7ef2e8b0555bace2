//===- Passes.h - Passes of the stage fuse --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_FUSION_PASSES_H
#define SWAGE_PASSES_FUSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/fusion/Passes.h.inc"

/// The stage `fuse`:
///  1. ExpandGatedMlp, FuseGateUp, FuseActivation, FuseResidual: epilogues go
///     to the linear that they follow, so before linears are joined;
///  2. FuseParallelLinears: Q, K and V;
///  3. FuseRopeAndAppend, SelectLogitRows;
///  4. canonicalization and elimination of common subexpressions;
///  5. VerifyFused: what the stage `compress` relies on.
void buildFusionPipeline(mlir::OpPassManager &pm);

/// Registers the passes of this folder and the pipeline `swage-fuse`.
void registerFusion();

#define GEN_PASS_REGISTRATION
#include "passes/fusion/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_FUSION_PASSES_H
