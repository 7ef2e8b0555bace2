//===- PanelLinear.h - Linears of codes times many rows ---------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_PANELLINEAR_H
#define SWAGE_TARGETS_CPU_PANELLINEAR_H

#include "targets/cpu/MatrixLinear.h"

namespace swage::cpu {

/// Whether `emitPanelLinear` computes this product: quantized weights times
/// many quantized rows.
bool isPanelLinear(const LinearSpec &spec);

/// Emits the body of such a linear.
void emitPanelLinear(KernelBuilder &k, const LinearSpec &spec,
                     const LinearArguments &arguments,
                     const Capabilities &target);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_PANELLINEAR_H
