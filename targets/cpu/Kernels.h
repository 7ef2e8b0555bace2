//===- Kernels.h - The builders of CPU kernels ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each builder inserts one public function `name` at the builder's insertion
// point; KernelSpecs.h says what its arguments are. `...Grid` is the number of
// work items where it does not depend on the batch.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_KERNELS_H
#define SWAGE_TARGETS_CPU_KERNELS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "targets/cpu/Capabilities.h"
#include "targets/cpu/KernelSpecs.h"

namespace swage::cpu {

/// Weight tiles of a linear, over all parts.
int64_t linearTiles(const LinearSpec &spec);
/// Columns of an output row.
int64_t linearColumns(const LinearSpec &spec);
/// Weight tiles of a panel of output rows. Even: gate and up tiles stay
/// together.
int64_t linearPanelTiles(RowVariant variant);
/// Panels of output rows: the work items of a linear.
int64_t linearGrid(const LinearSpec &spec);
mlir::func::FuncOp buildLinear(mlir::OpBuilder &builder, mlir::Location loc,
                               llvm::StringRef name, const LinearSpec &spec,
                               const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildRmsNorm(mlir::OpBuilder &builder, mlir::Location loc,
                                llvm::StringRef name, const RmsNormSpec &spec,
                                const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildLayerNorm(mlir::OpBuilder &builder, mlir::Location loc,
                                  llvm::StringRef name,
                                  const LayerNormSpec &spec,
                                  const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildCopyRows(mlir::OpBuilder &builder, mlir::Location loc,
                                 llvm::StringRef name, const CopyRowsSpec &spec,
                                 const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildQuantizeRows(mlir::OpBuilder &builder,
                                     mlir::Location loc, llvm::StringRef name,
                                     const QuantizeRowsSpec &spec,
                                     const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildPermuteColumns(mlir::OpBuilder &builder,
                                       mlir::Location loc, llvm::StringRef name,
                                       const PermuteColumnsSpec &spec,
                                       const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildAddRows(mlir::OpBuilder &builder, mlir::Location loc,
                                llvm::StringRef name, const AddRowsSpec &spec,
                                const Capabilities &target);

/// Its work items are rows.
mlir::func::FuncOp buildEmbedding(mlir::OpBuilder &builder, mlir::Location loc,
                                  llvm::StringRef name,
                                  const EmbeddingSpec &spec,
                                  const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_KERNELS_H
