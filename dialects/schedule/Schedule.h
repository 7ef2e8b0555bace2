//===- Schedule.h - The dialect of programs -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_SCHEDULE_SCHEDULE_H
#define SWAGE_DIALECTS_SCHEDULE_SCHEDULE_H

#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/schedule/ScheduleDialect.h.inc"
#include "dialects/schedule/ScheduleEnums.h.inc"
#include "dialects/schedule/ScheduleInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/schedule/ScheduleAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/schedule/ScheduleTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/schedule/ScheduleOps.h.inc"

#endif // SWAGE_DIALECTS_SCHEDULE_SCHEDULE_H
