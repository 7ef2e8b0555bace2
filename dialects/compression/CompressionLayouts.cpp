//===- CompressionLayouts.cpp - Orders of the elements of weights ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/compression/GroupLayout.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace swage::compression;

#include "dialects/compression/CompressionInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/compression/CompressionAttrs.cpp.inc"

void CompressionDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/compression/CompressionAttrs.cpp.inc"
      >();
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

/// Why matrices cannot be parts of one weight in tiles, or empty.
static std::string checkTogether(ArrayRef<RankedTensorType> parts,
                                 bool alternating) {
  if (alternating && parts.size() % 2 != 0)
    return "expected an even number of alternating parts, found " +
           std::to_string(parts.size());
  for (RankedTensorType part : parts) {
    if (part.getElementType() != parts.front().getElementType())
      return "expected parts of one element type, found " +
             ::print(parts.front().getElementType()) + " and " +
             ::print(part.getElementType());
    if (part.getDimSize(1) != parts.front().getDimSize(1))
      return "expected parts with the same columns, found " +
             ::print(parts.front()) + " and " + ::print(part);
    if (alternating && part != parts.front())
      return "expected alternating parts of equal shape, found " +
             ::print(parts.front()) + " and " + ::print(part);
  }
  return "";
}

/// Parses `, alternating` if it is there.
static ParseResult parseAlternating(AsmParser &parser, bool &alternating) {
  alternating = succeeded(parser.parseOptionalComma());
  return alternating ? parser.parseKeyword("alternating") : success();
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
      parser.parseInteger(interleave) ||
      parseAlternating(parser, alternating) || parser.parseGreater())
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
  for (RankedTensorType part : parts)
    if (std::string why = checkPlain(part, 2); !why.empty()) // (C2)
      return why;
  return checkTogether(parts, getAlternating()); // (C2), (C3)
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
    if (std::string why = checkPlain(part, 1);
        !why.empty() && !part.getElementType().isInteger(32)) // (C2)
      return why;
  return "";
}

int64_t RowMajorAttr::getStorageBytes(ArrayRef<RankedTensorType> parts) const {
  int64_t bytes = 0;
  for (RankedTensorType part : parts)
    bytes += llvm::alignTo(part.getDimSize(0), getPad()) * sizeof(float);
  return bytes;
}

// ---- group_tiles ------------------------------------------------------------

LogicalResult
GroupTilesAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       int64_t rows, bool) {
  if (rows <= 0 || rows % 16 != 0) // (C1)
    return emitError() << "expected a positive multiple of 16 rows, found "
                       << rows;
  return success();
}

Attribute GroupTilesAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t rows;
  bool alternating = false;
  if (parser.parseLess() || parser.parseKeyword("rows") ||
      parser.parseEqual() || parser.parseInteger(rows) ||
      parseAlternating(parser, alternating) || parser.parseGreater())
    return {};
  return parser.getChecked<GroupTilesAttr>(loc, parser.getContext(), rows,
                                           alternating);
}

void GroupTilesAttr::print(AsmPrinter &printer) const {
  printer << "<rows = " << getRows()
          << (getAlternating() ? ", alternating" : "") << ">";
}

std::string GroupTilesAttr::checkParts(ArrayRef<RankedTensorType> parts) const {
  for (RankedTensorType part : parts) {
    auto group = dyn_cast<GroupType>(part.getElementType());
    if (part.getRank() != 2 || !part.hasStaticShape() || !group) // (C2)
      return "expected matrices of static shape with elements of type group, "
             "found " +
             ::print(part);
    if (part.getDimSize(1) % group.getBlockColumns() != 0) // (C3)
      return "expected a multiple of " +
             std::to_string(group.getBlockColumns()) + " columns, found " +
             ::print(part);
  }
  return checkTogether(parts, getAlternating()); // (C2), (C4)
}

int64_t
GroupTilesAttr::getStorageBytes(ArrayRef<RankedTensorType> parts) const {
  GroupLayout layout(cast<GroupType>(parts.front().getElementType()),
                     getRows());
  int64_t bytes = 0;
  for (RankedTensorType part : parts)
    bytes += llvm::divideCeil(part.getDimSize(0), getRows()) *
             layout.tileBytes(part.getDimSize(1));
  return bytes;
}
