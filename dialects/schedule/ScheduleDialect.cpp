//===- ScheduleDialect.cpp - Registration ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/schedule/Schedule.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage::schedule;

#include "dialects/schedule/ScheduleDialect.cpp.inc"
#include "dialects/schedule/ScheduleEnums.cpp.inc"
#include "dialects/schedule/ScheduleInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/schedule/ScheduleAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/schedule/ScheduleTypes.cpp.inc"

/// Element types of a cache, or none for an entry point without one.
static bool isCacheElement(Type type) {
  return type.isF32() || type.isF16() || type.isBF16() || isa<NoneType>(type);
}

void ScheduleDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/schedule/ScheduleAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/schedule/ScheduleTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/schedule/ScheduleOps.cpp.inc"
      >();
}

LogicalResult VariantAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  StringRef entry, RowVariant rows, int64_t min,
                                  int64_t max, Type cache) {
  if (min < 1 || max < min) // (C1)
    return emitError() << "expected 1 <= min <= max, found " << min << " and "
                       << max;
  if (!isCacheElement(cache)) // (C2)
    return emitError() << "expected cache to be f32, f16, bf16 or none, found "
                       << cache;
  return success();
}
