//===- TransformerAttrs.cpp - Attributes of models ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace swage::transformer;

#include "dialects/transformer/TransformerEnums.cpp.inc"

/// `, transposed` or nothing.
static ParseResult parseTransposed(AsmParser &parser, bool &transposed) {
  transposed = succeeded(parser.parseOptionalComma());
  return transposed ? parser.parseKeyword("transposed") : success();
}

static void printTransposed(AsmPrinter &printer, bool transposed) {
  if (transposed)
    printer << ", transposed";
}

#define GET_ATTRDEF_CLASSES
#include "dialects/transformer/TransformerAttrs.cpp.inc"

void TransformerDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/transformer/TransformerAttrs.cpp.inc"
      >();
}

// ---- rope -------------------------------------------------------------------

static bool isPositive(const APFloat &value) {
  return value.isFinite() && !value.isZero() && !value.isNegative();
}

LogicalResult RopeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t dims, APFloat theta, RopeScaling scaling,
                               APFloat factor, APFloat lowFreqFactor,
                               APFloat highFreqFactor,
                               int64_t originalMaxPositions) {
  if (dims <= 0 || dims % 2 != 0) // (C1)
    return emitError() << "expected a positive even number of dims, found "
                       << dims;
  if (!isPositive(theta)) // (C2)
    return emitError() << "expected a positive finite theta, found "
                       << theta.convertToDouble();
  if (!isPositive(factor)) // (C3)
    return emitError() << "expected a positive finite factor, found "
                       << factor.convertToDouble();
  if (scaling == RopeScaling::None && !factor.isExactlyValue(1.0)) // (C3)
    return emitError() << "expected factor 1 without scaling, found "
                       << factor.convertToDouble();
  if (scaling != RopeScaling::Llama3) {
    if (!lowFreqFactor.isZero() || !highFreqFactor.isZero() ||
        originalMaxPositions != 0) // (C4)
      return emitError() << "expected low_freq_factor, high_freq_factor and "
                            "original_max_positions with scaling llama3 only, "
                            "found them with scaling "
                         << stringifyRopeScaling(scaling);
    return success();
  }
  if (!isPositive(lowFreqFactor) || !highFreqFactor.isFinite() ||
      highFreqFactor <= lowFreqFactor) // (C4)
    return emitError() << "expected high_freq_factor > low_freq_factor > 0, "
                          "found "
                       << highFreqFactor.convertToDouble() << " and "
                       << lowFreqFactor.convertToDouble();
  if (originalMaxPositions <= 0) // (C4)
    return emitError() << "expected positive original_max_positions with "
                          "scaling llama3, found "
                       << originalMaxPositions;
  return success();
}

Attribute RopeAttr::parse(AsmParser &parser, Type) {
  std::optional<int64_t> dims;
  std::optional<APFloat> theta;
  RopeScaling scaling = RopeScaling::None;
  APFloat factor(1.0), low(0.0), high(0.0);
  int64_t maxPositions = 0;
  auto parseDouble = [&](APFloat &value) {
    return parser.parseFloat(APFloat::IEEEdouble(), value);
  };
  SMLoc loc = parser.getCurrentLocation();
  llvm::SmallSet<StringRef, 8> seen;
  auto parseParameter = [&]() -> ParseResult {
    SMLoc keyLoc = parser.getCurrentLocation();
    StringRef key;
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return failure();
    if (!seen.insert(key).second)
      return parser.emitError(keyLoc) << "parameter '" << key << "' is given "
                                      << "twice";
    if (key == "dims")
      return parser.parseInteger(dims.emplace());
    if (key == "theta")
      return parseDouble(theta.emplace(0.0));
    if (key == "factor")
      return parseDouble(factor);
    if (key == "low_freq_factor")
      return parseDouble(low);
    if (key == "high_freq_factor")
      return parseDouble(high);
    if (key == "original_max_positions")
      return parser.parseInteger(maxPositions);
    if (key != "scaling")
      return parser.emitError(keyLoc)
             << "unknown parameter '" << key
             << "'; known are dims, theta, scaling, factor, low_freq_factor, "
                "high_freq_factor, original_max_positions";
    StringRef name;
    SMLoc nameLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&name))
      return failure();
    std::optional<RopeScaling> parsed = symbolizeRopeScaling(name);
    if (!parsed)
      return parser.emitError(nameLoc) << "unknown scaling '" << name
                                       << "'; known are none, linear, llama3";
    scaling = *parsed;
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     parseParameter))
    return {};
  if (!dims || !theta) {
    parser.emitError(loc, "expected parameters dims and theta");
    return {};
  }
  return parser.getChecked<RopeAttr>(loc, parser.getContext(), *dims, *theta,
                                     scaling, factor, low, high, maxPositions);
}

void RopeAttr::print(AsmPrinter &printer) const {
  auto printDouble = [&](StringRef key, const APFloat &value) {
    printer << ", " << key << " = ";
    printer.printFloat(value);
  };
  printer << "<dims = " << getDims();
  printDouble("theta", getTheta());
  if (getScaling() != RopeScaling::None)
    printer << ", scaling = " << stringifyRopeScaling(getScaling());
  if (!getFactor().isExactlyValue(1.0))
    printDouble("factor", getFactor());
  if (!getLowFreqFactor().isZero())
    printDouble("low_freq_factor", getLowFreqFactor());
  if (!getHighFreqFactor().isZero())
    printDouble("high_freq_factor", getHighFreqFactor());
  if (getOriginalMaxPositions() != 0)
    printer << ", original_max_positions = " << getOriginalMaxPositions();
  printer << ">";
}

// ---- view -------------------------------------------------------------------

LogicalResult ViewAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               int64_t offset, ArrayRef<int64_t> sizes,
                               ArrayRef<int64_t> strides, bool) {
  if (sizes.empty() || sizes.size() != strides.size()) // (C1)
    return emitError() << "expected at least one size and a stride for each, "
                          "found "
                       << sizes.size() << " sizes and " << strides.size()
                       << " strides";
  if (offset < 0) // (C2)
    return emitError() << "expected an offset that is not negative, found "
                       << offset;
  for (int64_t value : llvm::concat<const int64_t>(sizes, strides))
    if (value <= 0) // (C2)
      return emitError() << "expected positive sizes and strides, found "
                         << value;
  return success();
}

std::optional<int64_t> ViewAttr::getNumRows() const {
  int64_t product = 1;
  for (int64_t size : getSizes())
    if (llvm::MulOverflow(product, size, product))
      return std::nullopt;
  return product;
}

// ---- model ------------------------------------------------------------------

LogicalResult ModelAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                StringRef architecture, StringRef source,
                                int64_t vocabSize, int64_t maxPositions,
                                int64_t bos, ArrayRef<int64_t> eos,
                                int64_t tokenTypes) {
  if (vocabSize <= 0) // (C1)
    return emitError() << "expected a positive vocab_size, found " << vocabSize;
  if (maxPositions <= 0) // (C1)
    return emitError() << "expected positive max_positions, found "
                       << maxPositions;
  if (bos < -1) // (C2)
    return emitError() << "expected bos to be a token or -1, found " << bos;
  for (int64_t token : eos)
    if (token < 0) // (C2)
      return emitError() << "expected eos to hold tokens, found " << token;
  if (tokenTypes < 0) // (C3)
    return emitError() << "expected token_types to be 0 or more, found "
                       << tokenTypes;
  return success();
}
