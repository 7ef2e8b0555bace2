//===- MoeKernels.h - The builders of kernels for mixtures of experts -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_MOEKERNELS_H
#define SWAGE_TARGETS_CPU_MOEKERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelSpecs.h"

namespace swage::cpu {

/// It has one work item.
mlir::func::FuncOp buildRoute(mlir::OpBuilder &builder, mlir::Location loc,
                              llvm::StringRef name, const RouteSpec &spec,
                              const Capabilities &target);

/// Panels of output rows of as many experts as can have rows.
int64_t groupedLinearGrid(const GroupedLinearSpec &spec);
mlir::func::FuncOp buildGroupedLinear(mlir::OpBuilder &builder,
                                      mlir::Location loc, llvm::StringRef name,
                                      const GroupedLinearSpec &spec,
                                      const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildCombine(mlir::OpBuilder &builder, mlir::Location loc,
                                llvm::StringRef name, const CombineSpec &spec,
                                const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_MOEKERNELS_H
