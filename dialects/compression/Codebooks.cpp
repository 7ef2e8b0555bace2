//===- Codebooks.cpp - Codes that number values ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace swage::compression;

namespace {

struct Named {
  StringLiteral name;
  SmallVector<float, 16> values;
};

/// bitsandbytes' `create_normal_map` and `create_fp4_map`, as its kernels have
/// them, and ggml-common.h's `kvalues_iq4nl`.
const Named kNamed[] = {
    {"nf4",
     {-1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
      -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
      0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f,
      0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f,
      0.7229568362236023f, 1.0f}},
    {"fp4",
     {0.0f, 0.005208333333f, 0.66666667f, 1.0f, 0.33333333f, 0.5f, 0.16666667f,
      0.25f, 0.0f, -0.005208333333f, -0.66666667f, -1.0f, -0.33333333f, -0.5f,
      -0.16666667f, -0.25f}},
    {"iq4_nl",
     {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89,
      113}},
    {"ternary", {-1, 0, 1}}};

} // namespace

CodebookType swage::compression::getCodebook(MLIRContext *context,
                                             StringRef name) {
  for (const Named &named : kNamed)
    if (named.name == name)
      return CodebookType::get(context,
                               DenseF32ArrayAttr::get(context, named.values));
  return {};
}

StringRef swage::compression::getCodebookName(CodebookType type) {
  for (const Named &named : kNamed)
    if (type == getCodebook(type.getContext(), named.name))
      return named.name;
  return "";
}

int64_t swage::compression::getCodeBits(Type codes) {
  if (auto codebook = dyn_cast<CodebookType>(codes))
    return llvm::Log2_64_Ceil(codebook.getValues().size());
  return codes.getIntOrFloatBitWidth();
}

LogicalResult CodebookType::verify(function_ref<InFlightDiagnostic()> emitError,
                                   DenseF32ArrayAttr values) {
  int64_t count = values.size();
  if (count != 3 &&
      (count < 2 || count > 256 || !llvm::isPowerOf2_64(count))) // (C1)
    return emitError() << "expected 3 values, or 2, 4, 8 and so on up to 256, "
                          "found "
                       << count;
  for (float value : values.asArrayRef())
    if (!std::isfinite(value)) // (C2)
      return emitError() << "expected finite values, found " << value;
  return success();
}

Type CodebookType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  MLIRContext *context = parser.getContext();
  if (parser.parseLess())
    return {};
  StringRef name;
  if (succeeded(parser.parseOptionalKeyword(&name))) {
    CodebookType type = getCodebook(context, name);
    if (type)
      return parser.parseGreater() ? Type() : type;
    InFlightDiagnostic diag =
        parser.emitError(loc, "unknown codebook '" + name + "'; known are ");
    llvm::interleaveComma(kNamed, diag,
                          [&](const Named &named) { diag << named.name; });
    return {};
  }
  SmallVector<float> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] {
                                       APFloat value(0.0f);
                                       if (parser.parseFloat(
                                               APFloat::IEEEsingle(), value))
                                         return failure();
                                       values.push_back(value.convertToFloat());
                                       return success();
                                     }) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<CodebookType>(
      loc, context, DenseF32ArrayAttr::get(context, values));
}

void CodebookType::print(AsmPrinter &printer) const {
  if (StringRef name = getCodebookName(*this); !name.empty()) {
    printer << '<' << name << '>';
    return;
  }
  printer << "<[";
  llvm::interleaveComma(getValues().asArrayRef(), printer, [&](float value) {
    printer.printFloat(APFloat(value));
  });
  printer << "]>";
}
