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

/// bitsandbytes' `create_dynamic_map` of 8 bits: 2^i values evenly in the
/// middle of [10^(i-7), 10^(i-6)] for i of 0 to 6, as its 32-bit arithmetic
/// rounds them; their negatives; 0; and 1.
SmallVector<float, 16> getDynamicMap() {
  constexpr float kPositive[] = {
      5.5000004e-7f, 3.2500002e-6f, 7.75e-6f,      2.1249998e-5f, 4.375e-5f,
      6.625e-5f,     8.875e-5f,     1.5625001e-4f, 2.6875004e-4f, 3.8125002e-4f,
      4.9375003e-4f, 6.062501e-4f,  7.1875006e-4f, 8.3125e-4f,    9.437501e-4f,
      0.0012812499f, 0.00184375f,   0.00240625f,   0.00296875f,   0.0035312497f,
      0.00409375f,   0.0046562497f, 0.0052187503f, 0.00578125f,   0.00634375f,
      0.00690625f,   0.00746875f,   0.00803125f,   0.00859375f,   0.009156249f,
      0.00971875f,   0.01140625f,   0.01421875f,   0.01703125f,   0.019843752f,
      0.02265625f,   0.02546875f,   0.028281251f,  0.03109375f,   0.03390625f,
      0.036718752f,  0.03953125f,   0.042343747f,  0.04515625f,   0.04796875f,
      0.05078125f,   0.05359375f,   0.05640625f,   0.059218753f,  0.06203125f,
      0.06484375f,   0.067656256f,  0.070468746f,  0.07328125f,   0.07609375f,
      0.07890625f,   0.08171876f,   0.08453125f,   0.08734375f,   0.09015625f,
      0.092968754f,  0.09578126f,   0.09859375f,   0.107031256f,  0.12109375f,
      0.13515624f,   0.14921875f,   0.16328125f,   0.17734376f,   0.19140625f,
      0.20546874f,   0.21953125f,   0.23359375f,   0.24765624f,   0.26171875f,
      0.27578127f,   0.28984374f,   0.30390626f,   0.31796873f,   0.33203125f,
      0.34609374f,   0.36015624f,   0.37421876f,   0.38828123f,   0.40234375f,
      0.41640624f,   0.43046874f,   0.44453126f,   0.45859373f,   0.47265625f,
      0.4867187f,    0.50078124f,   0.5148437f,    0.5289062f,    0.54296875f,
      0.5570313f,    0.5710938f,    0.58515626f,   0.5992187f,    0.61328125f,
      0.6273438f,    0.6414063f,    0.65546876f,   0.6695312f,    0.68359375f,
      0.6976563f,    0.7117188f,    0.72578126f,   0.7398437f,    0.75390625f,
      0.7679688f,    0.78203124f,   0.79609376f,   0.8101562f,    0.82421875f,
      0.8382813f,    0.85234374f,   0.86640626f,   0.8804687f,    0.89453125f,
      0.9085938f,    0.92265624f,   0.93671876f,   0.9507812f,    0.96484375f,
      0.9789063f,    0.99296874f};
  SmallVector<float, 16> values;
  for (float value : llvm::reverse(kPositive))
    values.push_back(-value);
  values.push_back(0.0f);
  llvm::append_range(values, kPositive);
  values.push_back(1.0f);
  return values;
}

struct Named {
  StringLiteral name;
  SmallVector<float, 16> values;
};

/// bitsandbytes' `create_normal_map` and `create_fp4_map`, as its kernels have
/// them, ggml-common.h's `kvalues_iq4nl`, and what GGML's grids have as scales.
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
    {"dynamic", getDynamicMap()},
    {"iq4_nl",
     {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89,
      113}},
    {"ternary", {-1, 0, 1}},
    {"odd8", {1, 3, 5, 7, 9, 11, 13, 15}},
    {"odd16", {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31}}};

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
