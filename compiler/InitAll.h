//===- InitAll.h - Registration of everything -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_INIT_ALL_H
#define SWAGE_COMPILER_INIT_ALL_H

#include "mlir/IR/DialectRegistry.h"

namespace swage {

/// Every dialect of Swage, and the upstream dialects that its IR uses.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Every pass and pipeline of Swage.
void registerAllPasses();

} // namespace swage

#endif // SWAGE_COMPILER_INIT_ALL_H
