//===- Dtype.cpp - Element types of stored tensors -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/Dtype.h"
#include "dialects/compression/Compression.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include <cstring>

using namespace mlir;

namespace swage::weights {

namespace {

struct Description {
  llvm::StringLiteral name;
  int64_t bytes;
  int64_t elements = 1;
};

/// In the order of `Dtype`.
constexpr Description kDescriptions[] = {
    {"F32", 4},           {"F16", 2},         {"BF16", 2},
    {"F64", 8},           {"F8_E4M3", 1},     {"F8_E5M2", 1},
    {"F8_E8M0", 1},       {"I64", 8},         {"I32", 4},
    {"I16", 2},           {"I8", 1},          {"U64", 8},
    {"U32", 4},           {"U16", 2},         {"U8", 1},
    {"BOOL", 1},          {"Q4_0", 18, 32},   {"Q4_1", 20, 32},
    {"Q5_0", 22, 32},     {"Q5_1", 24, 32},   {"Q8_0", 34, 32},
    {"Q2_K", 84, 256},    {"Q3_K", 110, 256}, {"Q4_K", 144, 256},
    {"Q5_K", 176, 256},   {"Q6_K", 210, 256}, {"IQ4_NL", 18, 32},
    {"IQ4_XS", 136, 256}, {"MXFP4", 17, 32},  {"NVFP4", 36, 64},
    {"TQ1_0", 54, 256},   {"TQ2_0", 66, 256}, {"IQ2_XXS", 66, 256},
    {"IQ2_XS", 74, 256},  {"IQ2_S", 82, 256}, {"IQ3_XXS", 98, 256},
    {"IQ3_S", 110, 256},  {"IQ1_S", 50, 256}, {"IQ1_M", 56, 256}};
static_assert(std::size(kDescriptions) == size_t(Dtype::Coded));

/// Those of SafeTensors files.
const llvm::ArrayRef<Description> kSafeTensors =
    llvm::ArrayRef(kDescriptions).take_front(size_t(Dtype::Bool) + 1);

/// Exact: every half is a float.
float widenHalf(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  if (exponent == 0) {
    float magnitude = float(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  uint32_t widened = exponent == 0x1f ? 0xff : exponent + 112;
  return llvm::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

} // namespace

llvm::StringRef getName(Dtype dtype) {
  return kDescriptions[size_t(dtype)].name;
}

std::optional<Dtype> parseDtype(llvm::StringRef name) {
  for (size_t i = 0; i < kSafeTensors.size(); ++i)
    if (kSafeTensors[i].name == name)
      return Dtype(i);
  return std::nullopt;
}

std::string listDtypes() {
  return llvm::join(
      llvm::map_range(kSafeTensors,
                      [](const Description &d) { return d.name.str(); }),
      ", ");
}

int64_t getBlockElements(Dtype dtype) {
  return kDescriptions[size_t(dtype)].elements;
}

int64_t getBytes(Dtype dtype) { return kDescriptions[size_t(dtype)].bytes; }

/// GGML's types as encodings; see ggml-common.h of llama.cpp.
static Type getGroupType(MLIRContext *context, Dtype dtype) {
  using compression::GroupType;
  auto f16 = Float16Type::get(context);
  auto codes = [&](unsigned bits) { return IntegerType::get(context, bits); };
  auto ucodes = [&](unsigned bits) {
    return IntegerType::get(context, bits, IntegerType::Unsigned);
  };
  auto scaled = [&](Type type, int64_t size, Type scale) {
    return GroupType::get(context, type, size, scale, IntegerType(), Type());
  };
  auto plain = [&](Type type) { return scaled(type, 32, f16); };
  auto affine = [&](IntegerType type) {
    return GroupType::get(context, type, 32, f16, IntegerType(), f16);
  };
  // Scales, and minima, in 256 columns.
  auto super = [&](Type type, int64_t size, Type scales, Type minima = {}) {
    int64_t groups = 256 / size;
    return GroupType::get(context, type, size, scaled(scales, groups, f16),
                          IntegerType(),
                          minima ? scaled(minima, groups, f16) : Type());
  };
  auto table = [&](StringRef name) {
    return compression::getCodebook(context, name);
  };
  auto grid = [&](StringRef name, int64_t size, StringRef scales) {
    return super(compression::GridType::get(context, name), size,
                 table(scales));
  };
  auto f4 = Float4E2M1FNType::get(context);
  switch (dtype) {
  case Dtype::Q4_0:
    return plain(codes(4));
  case Dtype::Q4_1:
    return affine(ucodes(4));
  case Dtype::Q5_0:
    return plain(codes(5));
  case Dtype::Q5_1:
    return affine(ucodes(5));
  case Dtype::Q8_0:
    return plain(codes(8));
  case Dtype::Q2_K:
    return super(ucodes(2), 16, ucodes(4), ucodes(4));
  case Dtype::Q3_K:
    return super(codes(3), 16, codes(6));
  case Dtype::Q4_K:
    return super(ucodes(4), 32, ucodes(6), ucodes(6));
  case Dtype::Q5_K:
    return super(ucodes(5), 32, ucodes(6), ucodes(6));
  case Dtype::Q6_K:
    return super(codes(6), 16, codes(8));
  case Dtype::IQ4_NL:
    return plain(table("iq4_nl"));
  case Dtype::IQ4_XS:
    return super(table("iq4_nl"), 32, codes(6));
  case Dtype::MXFP4:
    return scaled(f4, 32, Float8E8M0FNUType::get(context));
  case Dtype::NVFP4:
    return scaled(f4, 16, Float8E4M3FNType::get(context));
  case Dtype::TQ1_0:
    return scaled(table("ternary"), 256, f16);
  case Dtype::TQ2_0:
    return scaled(compression::CodebookType::get(
                      context, DenseF32ArrayAttr::get(context, {-1, 0, 1, 2})),
                  256, f16);
  case Dtype::IQ2_XXS:
    return grid("iq2_xxs", 32, "odd16");
  case Dtype::IQ2_XS:
    return grid("iq2_xs", 16, "odd16");
  case Dtype::IQ2_S:
    return grid("iq2_s", 16, "odd16");
  case Dtype::IQ3_XXS:
    return grid("iq3_xxs", 32, "odd16");
  case Dtype::IQ3_S:
    return grid("iq3_s", 32, "odd16");
  case Dtype::IQ1_S:
    return grid("iq1_s", 32, "odd8");
  case Dtype::IQ1_M:
    return grid("iq1_m", 16, "odd8");
  default:
    return {};
  }
}

Type getWeightType(MLIRContext *context, Dtype dtype) {
  switch (dtype) {
  case Dtype::F32:
    return Float32Type::get(context);
  case Dtype::F16:
    return Float16Type::get(context);
  case Dtype::BF16:
    return BFloat16Type::get(context);
  case Dtype::I32:
    return IntegerType::get(context, 32);
  default:
    return getGroupType(context, dtype);
  }
}

std::optional<Dtype> getWeightDtype(Type type) {
  if (type.isF32())
    return Dtype::F32;
  if (type.isF16())
    return Dtype::F16;
  if (type.isBF16())
    return Dtype::BF16;
  return std::nullopt;
}

float widen(Dtype dtype, const uint8_t *element) {
  if (dtype == Dtype::F32) {
    float value;
    std::memcpy(&value, element, sizeof(value));
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, element, sizeof(bits));
  if (dtype == Dtype::F16)
    return widenHalf(bits);
  return llvm::bit_cast<float>(uint32_t(bits) << 16);
}

void narrow(Dtype dtype, float value, uint8_t *element) {
  llvm::APFloat number(value);
  if (dtype != Dtype::F32) {
    bool inexact;
    number.convert(dtype == Dtype::F16 ? llvm::APFloat::IEEEhalf()
                                       : llvm::APFloat::BFloat(),
                   llvm::APFloat::rmNearestTiesToEven, &inexact);
  }
  uint64_t bits = number.bitcastToAPInt().getZExtValue();
  std::memcpy(element, &bits, getBytes(dtype));
}

} // namespace swage::weights
