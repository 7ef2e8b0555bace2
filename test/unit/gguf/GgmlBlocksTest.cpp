//===- GgmlBlocksTest.cpp - Blocks against GGML's own values --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// test/data/quant/gguf_blocks.safetensors holds rows of blocks as they lie in
// GGUF files and the values that gguf-py gives for them.
//
//===----------------------------------------------------------------------===//

#include "compiler/weights/GgmlBlocks.h"
#include "compiler/import/safetensors/SafeTensorsFile.h"
#include "dialects/compression/Compression.h"
#include "mlir/IR/MLIRContext.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::weights;
using compression::BlockLayout;
using compression::GroupLayout;

namespace {

class GgmlBlocks : public testing::TestWithParam<Dtype> {
protected:
  GgmlBlocks()
      : file(cantFail(import::SafeTensorsFile::open(
            SWAGE_TEST_DATA "/data/quant/gguf_blocks.safetensors"))) {
    context.loadDialect<compression::CompressionDialect>();
  }

  llvm::ArrayRef<uint8_t> bytes(const std::string &name) {
    for (const import::SafeTensorsEntry &entry : file->getEntries())
      if (entry.info.name == name)
        return file->getBytes(entry);
    ADD_FAILURE() << name << " is not in the file";
    return {};
  }

  std::unique_ptr<import::SafeTensorsFile> file;
  mlir::MLIRContext context;
};

float factor(const GroupLayout::Factors &factors, const BlockLayout &layout,
             const BlockLayout::Factors &from, const uint8_t *block,
             int64_t group) {
  int64_t place = group / (layout.groups() / from.floats);
  float number = compression::widen(
      from.type, block + from.floatsOffset + place * floatBytes(from.type));
  return factors.codes
             ? number * factors.values->at(block[*from.codesOffset + group])
             : number;
}

/// Not within a tolerance: a stored weight has one value.
TEST_P(GgmlBlocks, ValuesAreThoseOfGgml) {
  Dtype dtype = GetParam();
  std::string name = getName(dtype).str();
  llvm::ArrayRef<uint8_t> blocks = bytes(name + ".blocks"),
                          values = bytes(name + ".float32");
  auto type =
      mlir::cast<compression::GroupType>(getWeightType(&context, dtype));
  GroupLayout layout(type, 16);
  BlockLayout blockLayout(type);
  int64_t perBlock = getBlockElements(dtype) / type.getBlockColumns();
  ASSERT_EQ(type.getBlockColumns() * perBlock, getBlockElements(dtype));
  ASSERT_EQ(type.getBlockBits() * perBlock, 8 * getBytes(dtype));
  std::vector<uint8_t> unpacked(blockLayout.bytes * perBlock);
  size_t at = 0;
  for (; !blocks.empty(); blocks = blocks.drop_front(getBytes(dtype))) {
    unpackGgml(dtype, blocks.data(), blockLayout, unpacked.data());
    for (int64_t i = 0; i < getBlockElements(dtype); ++i, at += sizeof(float)) {
      const uint8_t *block =
          &unpacked[i / blockLayout.columns * blockLayout.bytes];
      int64_t column = i % blockLayout.columns,
              group = column / layout.groupColumns;
      float value =
          factor(layout.scales, blockLayout, blockLayout.scales, block, group) *
          layout.values.at(block, column);
      if (layout.minima)
        value += factor(*layout.minima, blockLayout, *blockLayout.minima, block,
                        group);
      float want;
      std::memcpy(&want, &values[at], sizeof(want));
      // Zeros may have either sign.
      ASSERT_EQ(value, want) << "element " << at / sizeof(float);
    }
  }
  EXPECT_EQ(at, values.size());
}

INSTANTIATE_TEST_SUITE_P(
    , GgmlBlocks,
    testing::Values(Dtype::Q4_0, Dtype::Q4_1, Dtype::Q5_0, Dtype::Q5_1,
                    Dtype::Q8_0, Dtype::Q2_K, Dtype::Q3_K, Dtype::Q4_K,
                    Dtype::Q5_K, Dtype::Q6_K, Dtype::IQ4_NL, Dtype::IQ4_XS,
                    Dtype::MXFP4, Dtype::NVFP4, Dtype::TQ1_0, Dtype::TQ2_0,
                    Dtype::IQ2_XXS, Dtype::IQ2_XS, Dtype::IQ2_S, Dtype::IQ3_XXS,
                    Dtype::IQ3_S, Dtype::IQ1_S, Dtype::IQ1_M),
    [](const testing::TestParamInfo<Dtype> &info) {
      return getName(info.param).str();
    });

} // namespace
