//===- Encodings.cpp - Names of encodings in recipes ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "mlir/AsmParser/AsmParser.h"
#include "passes/compression/Recipe.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace swage::recipe {

namespace {

/// A type, or one of codes that have a scale for each row.
struct NamedEncoding {
  llvm::StringLiteral name, type, fallback = "";
};

} // namespace

static constexpr NamedEncoding kEncodings[] = {
    {"q8_0", "!compression.group<i8, 32, scale = f16>"},
    {"q4_0", "!compression.group<i4, 32, scale = f16>"},
    {"q4_1", "!compression.group<ui4, 32, scale = f16, min = f16>"},
    {"q5_0", "!compression.group<i5, 32, scale = f16>"},
    {"q5_1", "!compression.group<ui5, 32, scale = f16, min = f16>"},
    {"q2_k",
     "!compression.group<ui2, 16, scale = !compression.group<ui4, 16, scale = "
     "f16>, min = !compression.group<ui4, 16, scale = f16>>",
     "q4_0"},
    {"q3_k",
     "!compression.group<i3, 16, scale = !compression.group<i6, 16, scale = "
     "f16>>",
     "q4_0"},
    {"q4_k",
     "!compression.group<ui4, 32, scale = !compression.group<ui6, 8, scale = "
     "f16>, min = !compression.group<ui6, 8, scale = f16>>",
     "q5_0"},
    {"q5_k",
     "!compression.group<ui5, 32, scale = !compression.group<ui6, 8, scale = "
     "f16>, min = !compression.group<ui6, 8, scale = f16>>",
     "q5_1"},
    {"q6_k",
     "!compression.group<i6, 16, scale = !compression.group<i8, 16, scale = "
     "f16>>",
     "q8_0"},
    {"nf4", "!compression.group<!compression.codebook<nf4>, 64, scale = f16>"},
    {"fp4", "!compression.group<!compression.codebook<fp4>, 64, scale = f16>"},
    {"iq4_nl",
     "!compression.group<!compression.codebook<iq4_nl>, 32, scale = f16>"},
    {"mxfp4", "!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>"},
    {"ternary",
     "!compression.group<!compression.codebook<ternary>, 64, scale = f16>"},
    {"fp8", "f8E4M3FN"},
    {"fp8_e5m2", "f8E5M2"},
};

static const NamedEncoding *findEncoding(StringRef name) {
  for (const NamedEncoding &encoding : kEncodings)
    if (encoding.name == name)
      return &encoding;
  return nullptr;
}

StringRef getFallback(StringRef encoding) {
  const NamedEncoding *named = findEncoding(encoding);
  return named ? StringRef(named->fallback) : StringRef();
}

std::string listEncodings() {
  std::string names;
  for (const NamedEncoding &encoding : kEncodings)
    names += encoding.name.str() + ", ";
  return names + "intB-gN, uintB-gN, intB-channel or uintB-channel with 2 to 8 "
                 "bits, and types such as group<i4, 32, scale = f16>";
}

namespace {

/// `int4-g128`: codes in two's complement with a scale, or with `uint` codes
/// with a zero point too; 0 columns stand for a whole row.
struct IntegerName {
  unsigned bits;
  bool affine;
  int64_t columns;
};

} // namespace

static std::optional<IntegerName> parseIntegerName(StringRef name) {
  IntegerName result = {};
  result.affine = name.consume_front("u");
  if (!name.consume_front("int") || name.consumeInteger(10, result.bits) ||
      result.bits < 2 || result.bits > 8)
    return std::nullopt;
  if (name == "-channel")
    return result;
  if (!name.consume_front("-g") || name.getAsInteger(10, result.columns) ||
      result.columns < 1)
    return std::nullopt;
  return result;
}

/// Whether `name` is written like a type, with or without what types of the
/// dialect begin with.
static bool isTypeText(StringRef name) {
  name.consume_front("!compression.");
  return name.starts_with("group<");
}

llvm::Error checkEncodingName(StringRef name) {
  if (name == kKeep || findEncoding(name) || parseIntegerName(name) ||
      isTypeText(name))
    return llvm::Error::success();
  return llvm::createStringError("unknown encoding '" + name +
                                 "'; known are keep, " + listEncodings());
}

static llvm::Expected<Type> parseTypeText(MLIRContext *context,
                                          StringRef name) {
  std::string text =
      name.starts_with("!") ? name.str() : ("!compression." + name).str();
  std::string reported;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    reported += diagnostic.str();
    return success();
  });
  size_t read = 0;
  Type type = parseType(text, context, &read);
  if (type && read == text.size())
    return type;
  return llvm::createStringError(
      "'" + name + "' is no encoding: " +
      (reported.empty() ? "there is text behind the type" : reported));
}

llvm::Expected<Type> getEncoding(MLIRContext *context, StringRef name,
                                 int64_t columns) {
  if (const NamedEncoding *named = findEncoding(name)) {
    if (named->type.starts_with("!"))
      return parseTypeText(context, named->type);
    return compression::GroupType::get(context, parseType(named->type, context),
                                       columns, Float32Type::get(context),
                                       IntegerType(), Type());
  }
  std::optional<IntegerName> integer = parseIntegerName(name);
  if (!integer)
    return parseTypeText(context, name);
  auto unsignedType = [&] {
    return IntegerType::get(context, integer->bits, IntegerType::Unsigned);
  };
  return compression::GroupType::get(
      context,
      integer->affine ? unsignedType()
                      : IntegerType::get(context, integer->bits),
      integer->columns ? integer->columns : columns, Float16Type::get(context),
      integer->affine ? unsignedType() : IntegerType(), Type());
}

} // namespace swage::recipe
