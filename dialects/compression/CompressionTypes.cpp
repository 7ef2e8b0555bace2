//===- CompressionTypes.cpp - Encodings as element types ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/compression/Grid.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace swage::compression;

#include "dialects/compression/CompressionTypeInterfaces.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/compression/CompressionTypes.cpp.inc"

void CompressionDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/compression/CompressionTypes.cpp.inc"
      >();
}

bool swage::compression::isPlainFloat(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

/// Such as "u4", "f4E2M1FN", "nf4", or "table16" of a codebook without a name.
static std::string nameCodes(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return (integer.isUnsigned() ? "u" : "i") +
           std::to_string(integer.getWidth());
  if (auto codebook = dyn_cast<CodebookType>(type)) {
    StringRef name = getCodebookName(codebook);
    return name.empty() ? "table" + std::to_string(codebook.getValues().size())
                        : name.str();
  }
  if (auto grid = dyn_cast<GridType>(type))
    return grid.getName().str();
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

static void appendShortName(llvm::raw_ostream &os, Type type) {
  auto group = dyn_cast<GroupType>(type);
  if (!group) {
    os << type;
    return;
  }
  os << nameCodes(group.getCodes()) << 'g' << group.getSize() << '_';
  auto nested = dyn_cast<GroupType>(group.getScale());
  if (nested)
    os << nameCodes(nested.getCodes()) << nested.getScale();
  else
    os << group.getScale();
  if (group.getZero())
    os << "_zero";
  if (group.getMinimum())
    os << "_min";
}

std::string swage::compression::getShortName(Type type) {
  std::string name;
  llvm::raw_string_ostream os(name);
  appendShortName(os, type);
  return name;
}

GroupType swage::compression::getInt8Rows(MLIRContext *context) {
  return GroupType::get(context, IntegerType::get(context, 8), /*size=*/64,
                        Float32Type::get(context), IntegerType(), Type());
}

double swage::compression::getStorageBits(Type type) {
  if (auto encoding = dyn_cast<EncodingTypeInterface>(type))
    return double(encoding.getBlockBits()) / encoding.getBlockColumns();
  return type.getIntOrFloatBitWidth();
}

// ---- group ------------------------------------------------------------------

/// Whether `type` may be what a scale is stored as.
static bool isScaleFloat(Type type) {
  return isPlainFloat(type) || isa<Float8E8M0FNUType, Float8E4M3FNType>(type);
}

/// Why `type` cannot be what `what` is stored as, or an empty string.
static std::string checkScale(StringRef what, Type type) {
  if (isScaleFloat(type))
    return "";
  auto group = dyn_cast<GroupType>(type);
  std::string found;
  llvm::raw_string_ostream(found) << type;
  if (!group)
    return ("expected " + what +
            " of type f32, f16, bf16, f8E8M0FNU, f8E4M3FN or group, found " +
            found)
        .str();
  if (group.getZero() || isa<GridType>(group.getCodes()) ||
      !isScaleFloat(group.getScale()) ||
      (group.getMinimum() && !isScaleFloat(group.getMinimum())))
    return ("expected " + what + " in groups of codes and floats only, found " +
            found)
        .str();
  return "";
}

/// Whether codes, or zeros, may be such integers.
static bool isCodeInteger(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() >= 1 && integer.getWidth() <= 8 &&
         !integer.isSigned();
}

/// Far above what anybody uses, and products of a few such sizes are numbers.
static constexpr int64_t kMaxSize = int64_t(1) << 20;

LogicalResult GroupType::verify(function_ref<InFlightDiagnostic()> emitError,
                                Type codes, int64_t size, Type scale,
                                IntegerType zero, Type minimum) {
  if (!isCodeInteger(codes) &&
      !isa<Float4E2M1FNType, Float8E4M3FNType, Float8E5M2Type, CodebookType,
           GridType>(codes)) // (C1)
    return emitError() << "expected codes of type i1 to i8, ui1 to ui8, "
                          "f4E2M1FN, f8E4M3FN, f8E5M2, codebook or grid, found "
                       << codes;
  if (zero && !isCodeInteger(zero)) // (C1)
    return emitError()
           << "expected zeros of type i1 to i8 or ui1 to ui8, found " << zero;
  if (zero && !isa<IntegerType>(codes)) // (C1)
    return emitError() << "expected zeros with integers only, found codes of "
                          "type "
                       << codes;
  if (size < 1 || size > kMaxSize) // (C2)
    return emitError() << "expected groups of 1 to " << kMaxSize
                       << " columns, found " << size;
  if (auto grid = dyn_cast<GridType>(codes)) {
    const Grid &cells = *Grid::find(grid.getName());
    int64_t whole = std::max(cells.cellColumns, cells.bitColumns);
    if (size % whole != 0) // (C4)
      return emitError() << "expected groups of a multiple of " << whole
                         << " columns with " << codes << ", found " << size;
  }
  std::string why = checkScale("scales", scale); // (C3)
  if (why.empty() && minimum)
    why = checkScale("minima", minimum); // (C3)
  if (!why.empty())
    return emitError() << why;
  return success();
}

Type GroupType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  IntegerType zero;
  Type codes, scale, minimum;
  int64_t size;
  if (parser.parseLess() || parser.parseType(codes) || parser.parseComma() ||
      parser.parseInteger(size) || parser.parseComma() ||
      parser.parseKeyword("scale") || parser.parseEqual() ||
      parser.parseType(scale))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    bool isZero =
        !zero && !minimum && succeeded(parser.parseOptionalKeyword("zero"));
    if (!isZero && (minimum || parser.parseKeyword("min")))
      return {};
    if (parser.parseEqual() ||
        (isZero ? parser.parseType(zero) : parser.parseType(minimum)))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return parser.getChecked<GroupType>(loc, parser.getContext(), codes, size,
                                      scale, zero, minimum);
}

void GroupType::print(AsmPrinter &printer) const {
  printer << "<" << getCodes() << ", " << getSize()
          << ", scale = " << getScale();
  if (getZero())
    printer << ", zero = " << getZero();
  if (getMinimum())
    printer << ", min = " << getMinimum();
  printer << ">";
}

/// Groups of columns that have a float of `type` together.
static int64_t groupsPerFloat(Type type) {
  auto group = dyn_cast_or_null<GroupType>(type);
  return group ? group.getSize() : 1;
}

int64_t GroupType::getBlockColumns() const {
  return getSize() *
         std::lcm(groupsPerFloat(getScale()), groupsPerFloat(getMinimum()));
}

/// The bits of `count` codes; digits of base 3 are five in a byte.
static int64_t getBlockCodeBits(Type codes, int64_t count) {
  if (auto type = dyn_cast<GridType>(codes)) {
    const Grid &grid = *Grid::find(type.getName());
    return count / grid.cellColumns * grid.indexBits +
           count / grid.bitColumns * grid.bits;
  }
  auto codebook = dyn_cast<CodebookType>(codes);
  return codebook && codebook.getValues().size() == 3
             ? llvm::divideCeil(count, 5) * 8
             : count * getCodeBits(codes);
}

int64_t GroupType::getBlockBits() const {
  int64_t groups = getBlockColumns() / getSize();
  int64_t bits = getBlockCodeBits(getCodes(), getBlockColumns());
  if (getZero())
    bits += groups * getZero().getWidth();
  for (Type type : {getScale(), getMinimum()}) {
    if (!type)
      continue;
    auto group = dyn_cast<GroupType>(type);
    int64_t floats = groups / groupsPerFloat(type);
    if (!group) {
      bits += floats * type.getIntOrFloatBitWidth();
      continue;
    }
    bits += getBlockCodeBits(group.getCodes(), groups) +
            floats * group.getScale().getIntOrFloatBitWidth();
    if (Type addend = group.getMinimum())
      bits += floats * addend.getIntOrFloatBitWidth();
  }
  return bits;
}

// ---- grid -------------------------------------------------------------------

LogicalResult GridType::verify(function_ref<InFlightDiagnostic()> emitError,
                               StringRef name) {
  if (Grid::find(name)) // (C1)
    return success();
  InFlightDiagnostic diag = emitError()
                            << "unknown grid '" << name << "'; known are ";
  llvm::interleaveComma(Grid::all(), diag,
                        [&](const Grid &grid) { diag << grid.name; });
  return diag;
}

Type GridType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseLess() || parser.parseKeyword(&name) || parser.parseGreater())
    return {};
  return parser.getChecked<GridType>(loc, parser.getContext(), name);
}

void GridType::print(AsmPrinter &printer) const {
  printer << '<' << getName() << '>';
}
