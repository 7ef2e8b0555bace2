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
  return isa<NoneType>(type) ||
         !swage::transformer::CacheType::getNameOf(type).empty();
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
    return emitError() << "expected cache to be none or an element type "
                          "of caches, found "
                       << cache;
  return success();
}
