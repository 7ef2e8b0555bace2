//===- RopeAttr.cpp - Rotary position embeddings --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/transformer/Transformer.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace swage::transformer;

RopeAttr RopeAttr::withLengths(ArrayRef<int64_t> lengths) const {
  return get(getContext(), getDims(), getTheta(), getScaling(), getFactor(),
             getLowFreqFactor(), getHighFreqFactor(), getOriginalMaxPositions(),
             getAttentionFactor(), getBetaFast(), getBetaSlow(), getTruncate(),
             getShortFactors(), getLongFactors(), lengths);
}

// ---- Rules ------------------------------------------------------------------

static bool isPositive(const APFloat &value) {
  return value.isFinite() && !value.isZero() && !value.isNegative();
}

static bool arePositive(DenseF64ArrayAttr values, int64_t count) {
  return values && values.size() == count &&
         llvm::all_of(values.asArrayRef(), [](double value) {
           return std::isfinite(value) && value > 0;
         });
}

LogicalResult
RopeAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t dims,
                 APFloat theta, RopeScaling scaling, APFloat factor,
                 APFloat lowFreqFactor, APFloat highFreqFactor,
                 int64_t originalMaxPositions, APFloat attentionFactor,
                 APFloat betaFast, APFloat betaSlow, bool truncate,
                 DenseF64ArrayAttr shortFactors, DenseF64ArrayAttr longFactors,
                 ArrayRef<int64_t> lengths) {
  auto with = [&] {
    return (" with scaling " + stringifyRopeScaling(scaling)).str();
  };
  if (dims <= 0 || dims % 2 != 0) // (C1)
    return emitError() << "expected a positive even number of dims, found "
                       << dims;
  if (!isPositive(theta)) // (C2)
    return emitError() << "expected a positive finite theta, found "
                       << theta.convertToDouble();
  if (!isPositive(attentionFactor)) // (C2)
    return emitError() << "expected a positive finite attention_factor, found "
                       << attentionFactor.convertToDouble();
  if (!isPositive(factor)) // (C3)
    return emitError() << "expected a positive finite factor, found "
                       << factor.convertToDouble();
  bool scales =
      scaling != RopeScaling::None && scaling != RopeScaling::Longrope;
  if (!scales && !factor.isExactlyValue(1.0)) // (C3)
    return emitError() << "expected factor 1" << with() << ", found "
                       << factor.convertToDouble();

  if (scaling == RopeScaling::Llama3) {
    if (!isPositive(lowFreqFactor) || !highFreqFactor.isFinite() ||
        highFreqFactor <= lowFreqFactor) // (C4)
      return emitError() << "expected high_freq_factor > low_freq_factor > 0, "
                            "found "
                         << highFreqFactor.convertToDouble() << " and "
                         << lowFreqFactor.convertToDouble();
  } else if (!lowFreqFactor.isZero() || !highFreqFactor.isZero()) { // (C8)
    return emitError() << "expected low_freq_factor and high_freq_factor with "
                          "scaling llama3 only, found them"
                       << with();
  }
  if (scaling == RopeScaling::Yarn) {
    if (!isPositive(betaSlow) || !betaFast.isFinite() ||
        betaFast < betaSlow) // (C5)
      return emitError() << "expected beta_fast >= beta_slow > 0, found "
                         << betaFast.convertToDouble() << " and "
                         << betaSlow.convertToDouble();
  } else if (!betaFast.isZero() || !betaSlow.isZero() || !truncate) { // (C8)
    return emitError() << "expected beta_fast, beta_slow and truncate with "
                          "scaling yarn only, found them"
                       << with();
  }
  if (scaling == RopeScaling::Longrope) {
    if (!arePositive(shortFactors, dims / 2) ||
        !arePositive(longFactors, dims / 2)) // (C6)
      return emitError() << "expected " << dims / 2
                         << " positive short_factors and as many long_factors"
                         << with();
  } else if (shortFactors || longFactors) { // (C8)
    return emitError() << "expected short_factors and long_factors with "
                          "scaling longrope only, found them"
                       << with();
  }
  if (scaling == RopeScaling::Dynamic && dims == 2) // (C7)
    return emitError() << "expected more than 2 dims" << with();

  bool hasOriginal =
      scaling != RopeScaling::None && scaling != RopeScaling::Linear;
  if (hasOriginal != (originalMaxPositions > 0)) // (C8)
    return emitError() << "expected " << (hasOriginal ? "positive" : "no")
                       << " original_max_positions" << with() << ", found "
                       << originalMaxPositions;
  for (auto [i, length] : llvm::enumerate(lengths))
    if (length <= (i ? lengths[i - 1] : 0)) // (C9)
      return emitError() << "expected positive lengths that ascend, found "
                         << length << " behind " << (i ? lengths[i - 1] : 0);
  bool dependsOnLength =
      scaling == RopeScaling::Dynamic || scaling == RopeScaling::Longrope;
  if (dependsOnLength && lengths.empty()) // (C9)
    return emitError() << "expected lengths" << with() << ", found none";
  return success();
}

// ---- Text -------------------------------------------------------------------

namespace {

/// Reads `key = value` pairs in any order.
class RopeParser {
public:
  explicit RopeParser(AsmParser &parser) : parser(parser) {}

  ParseResult parseParameter();
  RopeAttr finish(SMLoc loc);

private:
  ParseResult parseScaling();
  ParseResult parseTruncate();
  ParseResult parseList(DenseF64ArrayAttr &values);
  ParseResult parseDouble(APFloat &value) {
    return parser.parseFloat(APFloat::IEEEdouble(), value);
  }

  AsmParser &parser;
  llvm::SmallSet<StringRef, 8> seen;
  int64_t dims = 0, originalMaxPositions = 0;
  RopeScaling scaling = RopeScaling::None;
  APFloat theta{0.0}, factor{1.0}, low{0.0}, high{0.0}, attention{1.0},
      fast{0.0}, slow{0.0};
  bool truncate = true;
  DenseF64ArrayAttr shortFactors, longFactors;
  SmallVector<int64_t> lengths;
};

} // namespace

ParseResult RopeParser::parseScaling() {
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&name))
    return failure();
  std::optional<RopeScaling> parsed = symbolizeRopeScaling(name);
  if (!parsed)
    return parser.emitError(loc)
           << "unknown scaling '" << name
           << "'; known are none, linear, llama3, dynamic, yarn, longrope";
  scaling = *parsed;
  return success();
}

ParseResult RopeParser::parseTruncate() {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  truncate = word == "true";
  if (!truncate && word != "false")
    return parser.emitError(loc) << "expected true or false, found " << word;
  return success();
}

ParseResult RopeParser::parseList(DenseF64ArrayAttr &values) {
  SmallVector<double> list;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
        return parser.parseFloat(list.emplace_back());
      }))
    return failure();
  values = DenseF64ArrayAttr::get(parser.getContext(), list);
  return success();
}

ParseResult RopeParser::parseParameter() {
  SMLoc loc = parser.getCurrentLocation();
  StringRef key;
  if (parser.parseKeyword(&key) || parser.parseEqual())
    return failure();
  if (!seen.insert(key).second)
    return parser.emitError(loc) << "parameter '" << key << "' is given twice";
  APFloat *number = llvm::StringSwitch<APFloat *>(key)
                        .Case("theta", &theta)
                        .Case("factor", &factor)
                        .Case("low_freq_factor", &low)
                        .Case("high_freq_factor", &high)
                        .Case("attention_factor", &attention)
                        .Case("beta_fast", &fast)
                        .Case("beta_slow", &slow)
                        .Default(nullptr);
  if (number)
    return parseDouble(*number);
  if (key == "dims")
    return parser.parseInteger(dims);
  if (key == "original_max_positions")
    return parser.parseInteger(originalMaxPositions);
  if (key == "scaling")
    return parseScaling();
  if (key == "truncate")
    return parseTruncate();
  if (key == "short_factors")
    return parseList(shortFactors);
  if (key == "long_factors")
    return parseList(longFactors);
  if (key == "lengths")
    return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
      return parser.parseInteger(lengths.emplace_back());
    });
  return parser.emitError(loc)
         << "unknown parameter '" << key
         << "'; known are dims, theta, scaling, factor, low_freq_factor, "
            "high_freq_factor, original_max_positions, attention_factor, "
            "beta_fast, beta_slow, truncate, short_factors, long_factors, "
            "lengths";
}

RopeAttr RopeParser::finish(SMLoc loc) {
  if (!seen.contains("dims") || !seen.contains("theta")) {
    parser.emitError(loc, "expected parameters dims and theta");
    return {};
  }
  return parser.getChecked<RopeAttr>(
      loc, parser.getContext(), dims, theta, scaling, factor, low, high,
      originalMaxPositions, attention, fast, slow, truncate, shortFactors,
      longFactors, ArrayRef<int64_t>(lengths));
}

Attribute RopeAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  RopeParser rope(parser);
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                     [&] { return rope.parseParameter(); }))
    return {};
  return rope.finish(loc);
}

void RopeAttr::print(AsmPrinter &printer) const {
  auto printNumber = [&](StringRef key, const APFloat &value, double absent) {
    if (value.isExactlyValue(absent))
      return;
    printer << ", " << key << " = ";
    printer.printFloat(value);
  };
  auto printList = [&](StringRef key, DenseF64ArrayAttr values) {
    if (!values)
      return;
    printer << ", " << key << " = [";
    llvm::interleaveComma(values.asArrayRef(), printer, [&](double value) {
      printer.printFloat(APFloat(value));
    });
    printer << "]";
  };
  printer << "<dims = " << getDims();
  printNumber("theta", getTheta(), 0.0);
  if (getScaling() != RopeScaling::None)
    printer << ", scaling = " << stringifyRopeScaling(getScaling());
  printNumber("factor", getFactor(), 1.0);
  printNumber("low_freq_factor", getLowFreqFactor(), 0.0);
  printNumber("high_freq_factor", getHighFreqFactor(), 0.0);
  if (getOriginalMaxPositions() != 0)
    printer << ", original_max_positions = " << getOriginalMaxPositions();
  printNumber("attention_factor", getAttentionFactor(), 1.0);
  printNumber("beta_fast", getBetaFast(), 0.0);
  printNumber("beta_slow", getBetaSlow(), 0.0);
  if (!getTruncate())
    printer << ", truncate = false";
  printList("short_factors", getShortFactors());
  printList("long_factors", getLongFactors());
  if (!getLengths().empty())
    printer << ", lengths = [" << getLengths() << "]";
  printer << ">";
}
