//===- KernelFromOp.h - The specification of an operation's kernel --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one place that decides which strategy serves an operation of the model,
// read both when a program is built (how many work items) and when code is
// generated.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_KERNELFROMOP_H
#define SWAGE_TARGETS_CPU_DIALECT_KERNELFROMOP_H

#include "dialects/schedule/Schedule.h"
#include "targets/cpu/KernelSpecs.h"
#include <variant>

namespace swage::cpu {

using KernelSpec =
    std::variant<EmbeddingSpec, RmsNormSpec, LayerNormSpec, LinearSpec,
                 AttentionSpec, CopyRowsSpec, PermuteColumnsSpec,
                 QuantizeRowsSpec, AddRowsSpec, RouteSpec, GroupedLinearSpec,
                 CombineSpec>;

/// The element type of a buffer, or nothing if kernels cannot read it.
std::optional<Element> toElement(mlir::Type type);

/// How a cache of these elements is stored.
CacheFormat toCacheFormat(mlir::Type element);

/// The element type in which kernels read rows, or nothing if they cannot.
std::optional<Element> toRowElement(mlir::Type type);

/// How kernels find a matrix of such elements, or nothing if they cannot.
std::optional<WeightFormat> toWeightFormat(mlir::Type type);

/// Whether there is a kernel that multiplies rows of `rows` with such weights.
bool multiplies(const WeightFormat &weight, Element rows);

/// What the kernel of `op` is asked for. Operands that are splits are read in
/// place in the rows that they cut. Emits an error at `op` and fails if no
/// strategy serves it.
mlir::FailureOr<KernelSpec> kernelFromOp(mlir::Operation *op,
                                         schedule::RowVariant variant);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_DIALECT_KERNELFROMOP_H
