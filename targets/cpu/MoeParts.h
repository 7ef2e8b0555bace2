//===- MoeParts.h - What grouped linears share ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to the builders of grouped linears.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_MOEPARTS_H
#define SWAGE_TARGETS_CPU_MOEPARTS_H

#include "targets/cpu/KernelBuilder.h"
#include "targets/cpu/LinearTiles.h"

namespace swage::cpu {

/// Row tiles of a panel. Even: gate and up tiles stay together.
int64_t groupedPanelTiles(RowVariant variant);
/// Row tiles of one expert.
int64_t groupedTiles(const GroupedLinearSpec &spec);
/// Groups that can have rows: of one row the experts that it chooses.
int64_t groupedGroups(const GroupedLinearSpec &spec);

/// An expert's rows: places `first` to `end`.
struct Group {
  mlir::Value firstTile, first, end;
};

/// The arguments of a grouped linear.
struct GroupedArguments {
  using Value = mlir::Value;

  GroupedArguments(KernelBuilder &k, const GroupedLinearSpec &spec);

  /// Group number `index` of the route.
  Group group(Value index) const;
  /// Where the row of x that `place` multiplies starts.
  Value xOf(Value place) const;
  /// Stores a row's sums, one for each tile from number `tile` on, as the
  /// result of `place`.
  void store(mlir::ArrayRef<Value> sums, Value tile, Value place) const;

  KernelBuilder &k;
  const GroupedLinearSpec &spec;
  LinearOperands operands;
  Value x, weights, places, groups, out;
  int64_t xStride, outStride;
};

/// Whether tile registers compute this product. It depends on nothing in which
/// row-count variants differ.
bool takesMatrixTiles(const GroupedLinearSpec &spec,
                      const LinearOperands &operands,
                      const Capabilities &target);
/// Emits the body of a grouped linear in tile registers.
void emitMatrixGroups(const GroupedArguments &arguments,
                      const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_MOEPARTS_H
