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
#include "dialects/compression/CompressionTypeInterfaces.h.inc"

namespace swage::compression {
/// Whether values of `type` are stored as they are: f32, f16 or bf16.
bool isPlainFloat(mlir::Type type);
/// The attribute of a module whose weights were made for rows that
/// `compression.quantize` has made with this `row_range`, an f64.
inline constexpr llvm::StringLiteral kRowRangeAttrName =
    "compression.row_range";
/// A name for names: "f16", or for groups codes, size, and what else they have,
/// such as "u4g32_u6f16_min".
std::string getShortName(mlir::Type type);
/// Bits that an element of type `type` takes on average, padding aside.
double getStorageBits(mlir::Type type);
} // namespace swage::compression

#define GET_TYPEDEF_CLASSES
#include "dialects/compression/CompressionTypes.h.inc"

namespace swage::compression {
/// The bits of a code of type `codes` that is stored by itself.
int64_t getCodeBits(mlir::Type codes);
/// The codebook of that name, such as "nf4", or null.
CodebookType getCodebook(mlir::MLIRContext *context, llvm::StringRef name);
/// Its name, or nothing.
llvm::StringRef getCodebookName(CodebookType type);
} // namespace swage::compression

#define GET_ATTRDEF_CLASSES
#include "dialects/compression/CompressionAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/compression/CompressionOps.h.inc"

namespace swage::compression {
/// What rows of int8 activations are: codes in groups of 64 columns.
GroupType getInt8Rows(mlir::MLIRContext *context);
} // namespace swage::compression

#endif // SWAGE_DIALECTS_COMPRESSION_COMPRESSION_H
