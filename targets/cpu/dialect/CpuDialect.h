//===- CpuDialect.h - The CPU target as an attribute ------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_CPUDIALECT_H
#define SWAGE_TARGETS_CPU_DIALECT_CPUDIALECT_H

#include "dialects/schedule/Schedule.h"
#include "mlir/IR/Dialect.h"

#include "targets/cpu/dialect/CpuDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "targets/cpu/dialect/CpuAttrs.h.inc"

#endif // SWAGE_TARGETS_CPU_DIALECT_CPUDIALECT_H
