//===- MatrixLinear.h - Linears in tile registers ---------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_MATRIXLINEAR_H
#define SWAGE_TARGETS_CPU_MATRIXLINEAR_H

#include "targets/cpu/LinearEpilogue.h"

namespace swage::cpu {

/// What the body of a linear kernel works on.
struct LinearArguments {
  mlir::Value x, weights, bias, out;
  mlir::Value rows;
  int64_t xColumn, xStride;
};

/// Emits the body of a linear whose sums `MatrixTiles` compute.
void emitMatrixLinear(KernelBuilder &k, const LinearSpec &spec,
                      const LinearOperands &operands,
                      const LinearArguments &arguments,
                      const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_MATRIXLINEAR_H
