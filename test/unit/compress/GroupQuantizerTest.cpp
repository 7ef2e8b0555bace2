//===- GroupQuantizerTest.cpp - Errors of rounding to nearest -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// test/data/quant/gguf_blocks.safetensors holds a matrix and the values that
// ggml's quantizer makes of it: no type may leave a larger squared error here.
//
//===----------------------------------------------------------------------===//

#include "compiler/compress/GroupQuantizer.h"
#include "compiler/import/safetensors/SafeTensorsFile.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "passes/compression/Recipe.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::compress;
using compression::GroupType;
using weights::Dtype;

namespace {

class Quantize : public testing::Test {
protected:
  Quantize() { context.loadDialect<compression::CompressionDialect>(); }

  GroupType parse(llvm::StringRef text) {
    return mlir::cast<GroupType>(mlir::parseType(text, &context));
  }

  /// What `values` become.
  static std::vector<float> roundTrip(GroupType type,
                                      llvm::ArrayRef<float> values) {
    GroupQuantizer quantizer(type);
    size_t columns = quantizer.getLayout().columns;
    std::vector<uint8_t> block(quantizer.getLayout().bytes);
    std::vector<float> result(values.size());
    for (size_t i = 0; i + columns <= values.size(); i += columns) {
      EXPECT_TRUE(quantizer.quantize(values.slice(i, columns), block.data()));
      quantizer.decode(block.data(), &result[i]);
    }
    return result;
  }

  static double squaredError(llvm::ArrayRef<float> a, llvm::ArrayRef<float> b) {
    double sum = 0;
    for (auto [x, y] : llvm::zip_equal(a, b))
      sum += (double(x) - y) * (double(x) - y);
    return sum;
  }

  mlir::MLIRContext context;
};

class QuantizeGgml : public Quantize,
                     public testing::WithParamInterface<Dtype> {
protected:
  static std::vector<float> load(llvm::StringRef name) {
    auto file = cantFail(import::SafeTensorsFile::open(
        SWAGE_TEST_DATA "/data/quant/gguf_blocks.safetensors"));
    for (const import::SafeTensorsEntry &entry : file->getEntries())
      if (entry.info.name == name) {
        llvm::ArrayRef<uint8_t> bytes = file->getBytes(entry);
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
      }
    ADD_FAILURE() << name.str() << " is not in the file";
    return {};
  }
};

TEST_P(QuantizeGgml, LeavesNoLargerErrorThanGgml) {
  Dtype dtype = GetParam();
  std::vector<float> source = load("source"),
                     ggml = load((getName(dtype) + ".float32").str());
  auto type = mlir::cast<GroupType>(getWeightType(&context, dtype));
  double ours = squaredError(roundTrip(type, source), source),
         theirs = squaredError(ggml, source);
  EXPECT_LE(ours, theirs);
}

INSTANTIATE_TEST_SUITE_P(, QuantizeGgml,
                         testing::Values(Dtype::Q4_0, Dtype::Q4_1, Dtype::Q5_0,
                                         Dtype::Q5_1, Dtype::Q8_0, Dtype::Q2_K,
                                         Dtype::Q3_K, Dtype::Q4_K, Dtype::Q5_K,
                                         Dtype::Q6_K),
                         [](const auto &info) {
                           return getName(info.param).str();
                         });

/// Names of recipes stand for the types that GGUF files are imported as.
TEST_P(QuantizeGgml, TypeIsThatOfRecipes) {
  Dtype dtype = GetParam();
  llvm::Expected<mlir::Type> type =
      recipe::getEncoding(&context, getName(dtype).lower(), 256);
  ASSERT_TRUE(bool(type)) << llvm::toString(type.takeError());
  EXPECT_EQ(*type, getWeightType(&context, dtype));
}

/// Every kind of group, with a little of everything: clipped values, a group of
/// zeros, one of a single sign, one value in a group.
class QuantizeKinds : public Quantize,
                      public testing::WithParamInterface<const char *> {
public:
  /// 8 rows of 768 values.
  static std::vector<float> makeValues() {
    std::vector<float> values;
    uint32_t state = 1;
    for (int i = 0; i < 8 * 768; ++i) {
      float sum = 0;
      for (int j = 0; j < 6; ++j) {
        state = state * 1664525 + 1013904223;
        sum += float(state >> 8) * 0x1p-24f - 0.5f;
      }
      int group = i / 16 % 9;
      values.push_back(group == 3   ? 0.0f
                       : group == 5 ? std::fabs(sum) + 0.5f
                       : group == 7 ? (i % 16 == 4 ? sum : 0.0f)
                                    : sum);
    }
    return values;
  }
};

/// Encoding what was decoded changes nothing but the last bits of factors, and
/// no value moves further than the best of all uniform grids would move it.
TEST_P(QuantizeKinds, IsCloseAndStable) {
  GroupType type = parse(GetParam());
  ASSERT_EQ(GroupQuantizer::checkType(type), "");
  std::vector<float> values = makeValues(), once = roundTrip(type, values),
                     twice = roundTrip(type, once);
  double energy = squaredError(values, std::vector<float>(values.size())),
         error = squaredError(values, once) / energy;
  int64_t steps = int64_t(1) << compression::getCodeBits(type.getCodes());
  // What a normal distribution loses in that many steps, or to small floats.
  EXPECT_LT(error, mlir::isa<mlir::Float8E4M3FNType>(type.getCodes()) ? 1e-3
                   : mlir::isa<mlir::Float8E5M2Type>(type.getCodes())
                       ? 3e-3
                       : 3.5 / double(steps * steps));
  EXPECT_LT(squaredError(once, twice) / energy, error);
  EXPECT_EQ(once, roundTrip(type, values));
}

TEST_P(QuantizeKinds, ZerosStayZeros) {
  GroupType type = parse(GetParam());
  std::vector<float> zeros(768);
  EXPECT_EQ(roundTrip(type, zeros), zeros);
  std::vector<float> tiny(768, 0x1p-140f);
  for (float value : roundTrip(type, tiny))
    EXPECT_TRUE(std::fabs(value) <= 0x1p-100f) << value;
}

INSTANTIATE_TEST_SUITE_P(
    , QuantizeKinds,
    testing::Values(
        "!compression.group<i8, 768, scale = f32>",
        "!compression.group<i6, 48, scale = bf16>",
        "!compression.group<i4, 128, scale = f16>",
        "!compression.group<i3, 12, scale = f32>",
        "!compression.group<ui4, 64, scale = f16, zero = ui4>",
        "!compression.group<ui8, 768, scale = f32, zero = ui8>",
        "!compression.group<ui2, 16, scale = f16, zero = ui3>",
        "!compression.group<ui4, 24, scale = f16, min = f32>",
        "!compression.group<ui5, 32, scale = f16, min = "
        "!compression.group<i6, 4, scale = f16>>",
        "!compression.group<i4, 16, scale = !compression.group<ui8, 16, scale "
        "= f32>>",
        "!compression.group<!compression.codebook<nf4>, 64, scale = f16>",
        "!compression.group<!compression.codebook<iq4_nl>, 32, scale = f16>",
        "!compression.group<!compression.codebook<ternary>, 64, scale = f16>",
        "!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>",
        "!compression.group<f4E2M1FN, 16, scale = f8E4M3FN>",
        "!compression.group<f8E4M3FN, 768, scale = f32>",
        "!compression.group<f8E5M2, 24, scale = bf16>"));

TEST_F(Quantize, RefusesWhatItCannotDo) {
  EXPECT_EQ(GroupQuantizer::checkType(parse(
                "!compression.group<ui4, 32, scale = f16, zero = ui4, min = "
                "f16>")),
            "it has both zeros and minima");
  EXPECT_NE(GroupQuantizer::checkType(
                parse("!compression.group<i4, 32, scale = f16, min = f16>")),
            "");
}

/// On whatever machine this runs: a sum over blocks of several kinds.
TEST_F(Quantize, BytesAreTheSameEverywhere) {
  std::vector<float> values = QuantizeKinds::makeValues();
  uint64_t hash = 0xcbf29ce484222325;
  for (llvm::StringRef name :
       {"q2_k", "q3_k", "q4_k", "q6_k", "q5_1", "int4-g64", "uint3-g32",
        "int8-channel", "nf4", "fp8", "mxfp4", "ternary"}) {
    GroupQuantizer quantizer(mlir::cast<GroupType>(
        llvm::cantFail(recipe::getEncoding(&context, name, 768))));
    size_t columns = quantizer.getLayout().columns;
    std::vector<uint8_t> block(quantizer.getLayout().bytes);
    for (size_t i = 0; i < values.size(); i += columns) {
      ASSERT_TRUE(quantizer.quantize(
          llvm::ArrayRef<float>(values).slice(i, columns), block.data()));
      for (uint8_t byte : block)
        hash = (hash ^ byte) * 0x100000001b3;
    }
  }
  EXPECT_EQ(hash, 0x760de06d2a17c841u);
}

/// A scale that its type cannot hold is no silent infinity.
TEST_F(Quantize, ReportsScalesThatOverflow) {
  GroupQuantizer quantizer(parse("!compression.group<i4, 32, scale = f16>"));
  std::vector<float> large(32, 1e7f);
  std::vector<uint8_t> block(quantizer.getLayout().bytes);
  EXPECT_FALSE(quantizer.quantize(large, block.data()));
}

} // namespace
