//===- Attention.h - The builder of attention kernels ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_ATTENTION_H
#define SWAGE_TARGETS_CPU_ATTENTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelSpecs.h"

namespace swage::cpu {

/// Whether tile registers compute the products, and so queries and exponentials
/// are rounded to bf16. It depends on nothing in which row-count variants
/// differ.
bool attentionUsesMatrixTiles(const AttentionSpec &spec,
                              const Capabilities &target);

/// Inserts the public function `name` at the builder's insertion point;
/// `AttentionSpec` says what its arguments and its work items are.
///
/// A row's result is the same bits in every variant, batch and cut of its
/// sequence: a query meets its pages in order, each with the same operations,
/// and positions it may not see contribute an exact zero.
mlir::func::FuncOp buildAttention(mlir::OpBuilder &builder, mlir::Location loc,
                                  llvm::StringRef name,
                                  const AttentionSpec &spec,
                                  const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_ATTENTION_H
