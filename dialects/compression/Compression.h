//===- Compression.h - The dialect of encodings and layouts ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_COMPRESSION_COMPRESSION_H
#define SWAGE_DIALECTS_COMPRESSION_COMPRESSION_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/compression/CompressionDialect.h.inc"
#include "dialects/compression/CompressionInterfaces.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/compression/CompressionAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/compression/CompressionOps.h.inc"

#endif // SWAGE_DIALECTS_COMPRESSION_COMPRESSION_H
