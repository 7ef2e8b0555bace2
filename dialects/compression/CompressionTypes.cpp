//===- CompressionTypes.cpp - Encodings as element types ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
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

static void appendShortName(llvm::raw_ostream &os, Type type) {
  auto group = dyn_cast<GroupType>(type);
  if (!group) {
    os << type;
    return;
  }
  auto codes = [](IntegerType type) {
    return (type.isUnsigned() ? "u" : "i") + std::to_string(type.getWidth());
  };
  os << codes(group.getCodes()) << 'g' << group.getSize() << '_';
  auto nested = dyn_cast<GroupType>(group.getScale());
  if (nested)
    os << codes(nested.getCodes()) << nested.getScale();
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
  return GroupType::get(context, IntegerType::get(context, 8), /*size=*/32,
                        Float32Type::get(context), IntegerType(), Type());
}

double swage::compression::getStorageBits(Type type) {
  if (auto encoding = dyn_cast<EncodingTypeInterface>(type))
    return double(encoding.getBlockBits()) / encoding.getBlockColumns();
  return type.getIntOrFloatBitWidth();
}

// ---- group ------------------------------------------------------------------

/// Why `type` cannot be what `what` is stored as, or an empty string.
static std::string checkScale(StringRef what, Type type) {
  if (isPlainFloat(type))
    return "";
  auto group = dyn_cast<GroupType>(type);
  std::string found;
  llvm::raw_string_ostream(found) << type;
  if (!group)
    return ("expected " + what + " of type f32, f16, bf16 or group, found " +
            found)
        .str();
  if (group.getZero() || group.getMinimum() || !isPlainFloat(group.getScale()))
    return ("expected " + what + " in groups of codes and floats only, found " +
            found)
        .str();
  return "";
}

/// Far above what anybody uses, and products of a few such sizes are numbers.
static constexpr int64_t kMaxSize = int64_t(1) << 20;

LogicalResult GroupType::verify(function_ref<InFlightDiagnostic()> emitError,
                                IntegerType codes, int64_t size, Type scale,
                                IntegerType zero, Type minimum) {
  for (IntegerType type : {codes, zero})
    if (type &&
        (type.getWidth() < 1 || type.getWidth() > 8 || type.isSigned())) // (C1)
      return emitError() << "expected codes of 1 to 8 bits, i1 to i8 or ui1 to "
                            "ui8, found "
                         << type;
  if (size < 1 || size > kMaxSize) // (C2)
    return emitError() << "expected groups of 1 to " << kMaxSize
                       << " columns, found " << size;
  std::string why = checkScale("scales", scale); // (C3)
  if (why.empty() && minimum)
    why = checkScale("minima", minimum); // (C3)
  if (!why.empty())
    return emitError() << why;
  return success();
}

Type GroupType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  IntegerType codes, zero;
  Type scale, minimum;
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

int64_t GroupType::getBlockBits() const {
  int64_t groups = getBlockColumns() / getSize();
  int64_t bits = getBlockColumns() * getCodes().getWidth();
  if (getZero())
    bits += groups * getZero().getWidth();
  for (Type type : {getScale(), getMinimum()}) {
    if (!type)
      continue;
    auto group = dyn_cast<GroupType>(type);
    if (group)
      bits += groups * group.getCodes().getWidth();
    bits += groups / groupsPerFloat(type) *
            (group ? group.getScale() : type).getIntOrFloatBitWidth();
  }
  return bits;
}
