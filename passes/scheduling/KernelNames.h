//===- KernelNames.h - Names that say what a kernel computes ----*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SCHEDULING_KERNELNAMES_H
#define SWAGE_PASSES_SCHEDULING_KERNELNAMES_H

#include "dialects/schedule/Schedule.h"
#include <string>

namespace swage {

/// A name from operation, shape, element types and epilogue, such as
/// `linear_one_k2048_n8192x8192_bf16_bf16_bf16_gated_silu`. The names serve
/// people: whether two kernels are one is decided by their bodies.
std::string kernelName(mlir::Operation *op, schedule::RowVariant variant);

/// Whether code for `op` depends on the row variant at all.
bool dependsOnVariant(mlir::Operation *op);

} // namespace swage

#endif // SWAGE_PASSES_SCHEDULING_KERNELNAMES_H
