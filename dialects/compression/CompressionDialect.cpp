//===- CompressionDialect.cpp - Layouts and dequantize --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace swage::compression;

#include "dialects/compression/CompressionDialect.cpp.inc"
#include "dialects/compression/CompressionInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/compression/CompressionAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/compression/CompressionOps.cpp.inc"

void CompressionDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/compression/CompressionOps.cpp.inc"
      >();
}

void CompressionDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/compression/CompressionAttrs.cpp.inc"
      >();
}

/// Element types whose values can be stored as they are.
static bool isPlainFloat(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

/// Why `type` has not the rank or the element type of a plain weight, or empty.
static std::string checkPlain(RankedTensorType type, int64_t rank) {
  if (type.getRank() != rank || !type.hasStaticShape())
    return "expected parts of static shape and rank " + std::to_string(rank) +
           ", found " + print(type);
  if (!isPlainFloat(type.getElementType()))
    return "expected elements of type f32, f16 or bf16, found " +
           print(type.getElementType());
  return "";
}

// ---- row_tiles --------------------------------------------------------------

LogicalResult RowTilesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t rows, int64_t interleave, bool) {
  if (rows <= 0 || interleave <= 0) // (C1)
    return emitError() << "expected positive rows and interleave, found "
                       << rows << " and " << interleave;
  return success();
}

Attribute RowTilesAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t rows, interleave;
  bool alternating = false;
  if (parser.parseLess() || parser.parseKeyword("rows") ||
      parser.parseEqual() || parser.parseInteger(rows) || parser.parseComma() ||
      parser.parseKeyword("interleave") || parser.parseEqual() ||
      parser.parseInteger(interleave))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    if (parser.parseKeyword("alternating"))
      return {};
    alternating = true;
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<RowTilesAttr>(loc, parser.getContext(), rows,
                                         interleave, alternating);
}

void RowTilesAttr::print(AsmPrinter &printer) const {
  printer << "<rows = " << getRows() << ", interleave = " << getInterleave();
  if (getAlternating())
    printer << ", alternating";
  printer << ">";
}

std::string RowTilesAttr::checkParts(ArrayRef<RankedTensorType> parts) const {
  if (getAlternating() && parts.size() % 2 != 0) // (C3)
    return "expected an even number of alternating parts, found " +
           std::to_string(parts.size());
  for (RankedTensorType part : parts) {
    if (std::string why = checkPlain(part, 2); !why.empty()) // (C2)
      return why;
    if (part.getElementType() != parts.front().getElementType()) // (C2)
      return "expected parts of one element type, found " +
             ::print(parts.front().getElementType()) + " and " +
             ::print(part.getElementType());
    if (part.getDimSize(1) != parts.front().getDimSize(1)) // (C2)
      return "expected parts with the same columns, found " +
             ::print(parts.front()) + " and " + ::print(part);
    if (getAlternating() && part != parts.front()) // (C3)
      return "expected alternating parts of equal shape, found " +
             ::print(parts.front()) + " and " + ::print(part);
  }
  return "";
}

int64_t RowTilesAttr::getStorageBytes(ArrayRef<RankedTensorType> parts) const {
  int64_t bytes = 0;
  for (RankedTensorType part : parts)
    bytes += llvm::alignTo(part.getDimSize(0), getRows()) *
             llvm::alignTo(part.getDimSize(1), getInterleave()) *
             part.getElementTypeBitWidth() / 8;
  return bytes;
}

// ---- row_major --------------------------------------------------------------

LogicalResult RowMajorAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t pad) {
  if (pad <= 0) // (C1)
    return emitError() << "expected a positive pad, found " << pad;
  return success();
}

std::string RowMajorAttr::checkParts(ArrayRef<RankedTensorType> parts) const {
  for (RankedTensorType part : parts)
    if (std::string why = checkPlain(part, 1); !why.empty()) // (C2)
      return why;
  return "";
}

int64_t RowMajorAttr::getStorageBytes(ArrayRef<RankedTensorType> parts) const {
  int64_t bytes = 0;
  for (RankedTensorType part : parts)
    bytes += llvm::alignTo(part.getDimSize(0), getPad()) * sizeof(float);
  return bytes;
}

// ---- dequantize -------------------------------------------------------------

LogicalResult DequantizeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getResult().getType());
  if (input.getShape() != result.getShape()) // (C1)
    return emitOpError() << "expected a result of the input's shape, found "
                         << input << " and " << result;
  if (!isPlainFloat(input.getElementType())) // (C2)
    return emitOpError() << "expected input elements of type f32, f16 or "
                            "bf16, found "
                         << input.getElementType();
  if (!result.getElementType().isF32()) // (C2)
    return emitOpError() << "expected result elements of type f32, found "
                         << result.getElementType();
  return success();
}

/// Values that are f32 already stand for themselves.
OpFoldResult DequantizeOp::fold(FoldAdaptor) {
  return getInput().getType() == getResult().getType() ? getInput() : Value();
}
