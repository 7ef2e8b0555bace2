//===- Passes.h - Lowering to upstream dialects ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_LOWERING_PASSES_H
#define SWAGE_PASSES_LOWERING_PASSES_H

#include "mlir/Pass/Pass.h"

namespace swage {

#define GEN_PASS_DECL
#include "passes/lowering/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/lowering/Passes.h.inc"

} // namespace swage

#endif // SWAGE_PASSES_LOWERING_PASSES_H
