//===- PackedTest.cpp - Values of packed checkpoints ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whole checkpoints are in test/golden/quant; here is what they do not have.
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/CodeValues.h"
#include "test/unit/import/PackedFixture.h"

using namespace swage;
using namespace swage::test;
using compression::BlockLayout;
using compression::CodeValues;
using compression::GroupType;

std::vector<float> Packed::row(llvm::StringRef name, int64_t row) {
  const weights::TensorInfo *tensor = source ? source->find(name) : nullptr;
  if (!tensor) {
    ADD_FAILURE() << name.str() << " is missing: " << errors;
    return {};
  }
  auto type = mlir::cast<GroupType>(tensor->encoding);
  BlockLayout layout(type);
  CodeValues codes(type.getCodes());
  int64_t columns = tensor->shape[1];
  llvm::SmallVector<uint8_t, 0> scratch;
  const uint8_t *block = source->read(*tensor, row * columns, columns, scratch);
  auto dtype = *weights::getWeightDtype(type.getScale());
  std::vector<float> values;
  for (int64_t c = 0; c < columns; ++c) {
    int64_t in = c % layout.columns, group = in / layout.groupColumns;
    float value = codes.at(block[in]);
    if (layout.zerosOffset)
      value -=
          CodeValues(type.getZero()).at(block[*layout.zerosOffset + group]);
    const uint8_t *scale = block + layout.scales.floatsOffset +
                           group * floatBytes(layout.scales.type);
    values.push_back(value * weights::widen(dtype, scale));
    if (in == layout.columns - 1)
      block += layout.bytes;
  }
  return values;
}

namespace {

constexpr int64_t kRows = 32, kColumns = 64;

uint32_t codeOf(int64_t row, int64_t column) {
  return uint32_t(row * 31 + column * 7 + row * column);
}

/// Every width, in both versions of the format: 3 bits cross words.
TEST_F(Packed, GptqCodesAndZerosOfAllWidths) {
  for (int64_t bits : {2, 3, 4, 8})
    for (bool isFirst : {true, false}) {
      uint32_t mask = (1u << bits) - 1;
      std::vector<uint32_t> codes(kColumns * bits / 32 * kRows),
          zeros(2 * kRows * bits / 32);
      std::vector<float> scales;
      for (int64_t g = 0; g < 2; ++g)
        for (int64_t r = 0; r < kRows; ++r) {
          putBits(zeros, g * kRows * bits / 32, 1, r, bits,
                  codeOf(g, r) & mask);
          scales.push_back(float(1 + g + r));
        }
      for (int64_t r = 0; r < kRows; ++r)
        for (int64_t c = 0; c < kColumns; ++c)
          putBits(codes, r, kRows, c, bits, codeOf(r, c) & mask);
      set("a.qweight", "I32", {kColumns * bits / 32, kRows}, codes);
      set("a.qzeros", "I32", {2, kRows * bits / 32}, zeros);
      set("a.scales", "F32", {2, kRows}, scales);
      std::string config =
          R"({"quant_method": "gptq", "group_size": 32, "bits": )" +
          std::to_string(bits) + R"(, "checkpoint_format": ")" +
          (isFirst ? "gptq" : "gptq_v2") + "\"}";
      read(config.c_str());
      ASSERT_EQ(errors, "");
      for (int64_t r = 0; r < kRows; ++r) {
        std::vector<float> found = row("a.weight", r);
        for (int64_t c = 0; c < kColumns; ++c) {
          // The first version stores zeros less one, and 0 as the largest.
          uint32_t zero = (codeOf(c / 32, r) + isFirst) & mask;
          float want = scales[c / 32 * kRows + r] *
                       float(int(codeOf(r, c) & mask) - int(zero));
          ASSERT_EQ(found[c], want) << bits << " bits, row " << r << ", " << c;
        }
      }
    }
}

/// Columns of groups that take turns are sorted; equal orders are one tensor.
TEST_F(Packed, GptqSortsColumnsByGroup) {
  std::vector<int32_t> groups, order;
  for (int64_t c = 0; c < kColumns; ++c)
    groups.push_back(int32_t(1 - c % 2));
  for (int64_t parity : {1, 0})
    for (int64_t c = parity; c < kColumns; c += 2)
      order.push_back(int32_t(c));
  std::vector<uint32_t> codes(kColumns / 8 * kRows);
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t c = 0; c < kColumns; ++c)
      putBits(codes, r, kRows, c, 4, codeOf(r, c) & 15);
  for (const char *name : {"a", "b"}) {
    std::string module = name;
    set(module + ".qweight", "I32", {kColumns / 8, kRows}, codes);
    set(module + ".qzeros", "I32", {2, kRows / 8},
        std::vector<uint32_t>(2 * kRows / 8, 0x77777777));
    set(module + ".scales", "F32", {2, kRows}, std::vector<float>(64, 0.5f));
    set(module + ".g_idx", "I32", {kColumns}, groups);
  }
  read(R"({"quant_method": "gptq", "bits": 4, "group_size": 32,
           "desc_act": true})");
  ASSERT_EQ(errors, "");
  EXPECT_EQ(encoding("a.weight"), "!compression.group<i4, 32, scale = f32>");
  EXPECT_EQ(source->find("a.weight")->order, "a.order");
  EXPECT_EQ(source->find("b.weight")->order, "a.order");
  EXPECT_EQ(elements<int32_t>("a.order"), order);
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t i = 0; i < kColumns; ++i)
      ASSERT_EQ(row("b.weight", r)[i],
                0.5f * (int(codeOf(r, order[i]) & 15) - 8));
}

/// Zeros of groups of packed and of whole integers, and a tensor's one scale.
TEST_F(Packed, CompressedIntegersWithZeros) {
  const char *config =
      R"({"quant_method": "compressed-tensors", "config_groups": {
            "a": {"targets": ["re:^p.*"], "format": "pack-quantized",
                  "weights": {"num_bits": 8, "symmetric": false,
                              "strategy": "group", "group_size": 16}},
            "b": {"targets": ["Linear"], "format": "int-quantized",
                  "weights": {"strategy": "tensor"}}}})";
  std::vector<uint32_t> codes(4 * kRows), zeros(kRows / 4);
  std::vector<int8_t> whole;
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t c = 0; c < 16; ++c)
      putBits(codes, r * 4, 1, c, 8, codeOf(r, c) & 255);
  for (int64_t r = 0; r < kRows; ++r)
    putBits(zeros, 0, 1, r, 8, codeOf(r, 3) & 255);
  for (int64_t i = 0; i < 64; ++i)
    whole.push_back(int8_t(i * 4 - 128));
  set("p.weight_packed", "I32", {kRows, 4}, codes);
  set("p.weight_shape", "I64", {2}, std::vector<int64_t>{kRows, 16});
  set("p.weight_scale", "F32", {kRows, 1}, std::vector<float>(kRows, 2.0f));
  set("p.weight_zero_point", "I32", {kRows / 4, 1}, zeros);
  set("w.weight", "I8", {2, 32}, whole);
  set("w.weight_scale", "F32", {1}, std::vector<float>{0.25f});
  read(config);
  ASSERT_EQ(errors, "");
  EXPECT_EQ(encoding("p.weight"),
            "!compression.group<i8, 16, scale = f32, zero = i8>");
  EXPECT_EQ(encoding("w.weight"), "!compression.group<i8, 32, scale = f32>");
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t c = 0; c < 16; ++c)
      ASSERT_EQ(row("p.weight", r)[c],
                2.0f * (int(codeOf(r, c) & 255) - int(codeOf(r, 3) & 255)));
  for (int64_t i = 0; i < 64; ++i)
    ASSERT_EQ(row("w.weight", i / 32)[i % 32], 0.25f * whole[i]);
}

/// A block of scales may have fewer rows and columns at the end.
TEST_F(Packed, FloatsWithScalesOfBlocks) {
  std::vector<uint8_t> codes(3 * 96, 0x38); // 1.0
  codes[2 * 96 + 95] = 0xb0;                // -0.5
  set("a.weight", "F8_E4M3", {3, 96}, codes);
  set("a.weight_scale_inv", "F32", {2, 2}, std::vector<float>{1, 2, 3, 4});
  read(R"({"quant_method": "fp8", "activation_scheme": "dynamic",
           "weight_block_size": [2, 64]})");
  ASSERT_EQ(errors, "");
  EXPECT_EQ(encoding("a.weight"),
            "!compression.group<f8E4M3FN, 32, scale = f32>");
  for (int64_t r = 0; r < 3; ++r)
    for (int64_t c = 0; c < 95; ++c)
      ASSERT_EQ(row("a.weight", r)[c], float(1 + r / 2 * 2 + c / 64));
  EXPECT_EQ(row("a.weight", 2)[95], -2.0f);
}

/// Rows of 8-bit integers are the model's affair, those of floats are not.
TEST_F(Packed, CompressedFloatsAndActivations) {
  auto config = [](const char *format, const char *type) {
    return R"({"quant_method": "compressed-tensors", "format": ")" +
           std::string(format) + R"(", "config_groups": {"g": {
             "targets": ["Linear"], "weights": {"type": ")" +
           type + R"("}, "input_activations": {"type": ")" + type +
           R"(", "num_bits": 8, "strategy": "token", "dynamic": true}}}})";
  };
  set("a.weight", "F8_E4M3", {2, 64}, std::vector<uint8_t>(128, 0x3c)); // 1.5
  set("a.weight_scale", "F32", {2, 1}, std::vector<float>{2, -4});
  set("a.input_scale", "F32", {1}, std::vector<float>{1});
  read(config("float-quantized", "float").c_str());
  ASSERT_EQ(errors, "");
  EXPECT_EQ(encoding("a.weight"),
            "!compression.group<f8E4M3FN, 64, scale = f32>");
  EXPECT_EQ(row("a.weight", 0), std::vector<float>(64, 3));
  EXPECT_EQ(row("a.weight", 1), std::vector<float>(64, -6));
  EXPECT_EQ(source->find("a.input_scale"), nullptr);
  EXPECT_EQ(source->rowRange, std::nullopt);
  set("a.weight", "I8", {2, 64}, std::vector<int8_t>(128, -2));
  read(config("int-quantized", "int").c_str());
  ASSERT_EQ(errors, "");
  EXPECT_EQ(row("a.weight", 1), std::vector<float>(64, 8));
  EXPECT_EQ(source->rowRange, 127.5);
}

TEST_F(Packed, BitsAndBytesInFourAndEightBits) {
  std::vector<float> table;
  for (int i = 0; i < 16; ++i)
    table.push_back(float(i - 5) / 4);
  std::vector<uint8_t> codes;
  for (int i = 0; i < 64; ++i)
    codes.push_back(uint8_t(i * 37));
  std::string state = R"({"quant_type": "fp4", "blocksize": 64,
                          "shape": [2, 64], "dtype": "float16"})";
  set("a.weight", "U8", {64, 1}, codes);
  set("a.weight.quant_map", "F32", {16}, table);
  set("a.weight.absmax", "F32", {2}, std::vector<float>{3, 5});
  set("a.weight.quant_state.bitsandbytes__fp4", "U8", {int64_t(state.size())},
      std::vector<char>(state.begin(), state.end()));
  read(R"({"quant_method": "bitsandbytes", "load_in_4bit": true})");
  ASSERT_EQ(errors, "");
  for (int64_t i = 0; i < 128; ++i) {
    int code = codes[i / 2] >> (i % 2 ? 0 : 4) & 15;
    ASSERT_EQ(row("a.weight", i / 64)[i % 64], table[code] * (i < 64 ? 3 : 5));
  }
  set("b.weight", "I8", {1, 4}, std::vector<int8_t>{-127, 0, 1, 127});
  set("b.SCB", "F32", {1}, std::vector<float>{254});
  read(R"({"quant_method": "bitsandbytes", "load_in_8bit": true})");
  EXPECT_EQ(row("b.weight", 0), (std::vector<float>{-254, 0, 2, 254}));
}

TEST_F(Packed, BitNetDividesOrMultiplies) {
  // Rows 0 and 4 are the low bits of the first line, 1 and 5 of the second.
  set("a.weight", "U8", {2, 4},
      std::vector<uint8_t>{0x00, 0x01, 0x02, 0x55, 0x98, 0xaa, 0x00, 0x55});
  set("a.weight_scale", "F32", {1}, std::vector<float>{4});
  read(R"({"quant_method": "bitnet"})");
  ASSERT_EQ(errors, "");
  EXPECT_EQ(row("a.weight", 0), (std::vector<float>{-.25f, 0, .25f, 0}));
  EXPECT_EQ(row("a.weight", 3), (std::vector<float>{.25f, .25f, -.25f, 0}));
  EXPECT_EQ(row("a.weight", 7), (std::vector<float>{.25f, .25f, -.25f, 0}));
  read(R"({"quant_method": "bitnet", "linear_class": "autobitlinear"})");
  EXPECT_EQ(row("a.weight", 0), (std::vector<float>{-4, 0, 4, 0}));
}

TEST_F(Packed, SparseMatricesAreReadFromAnyColumn) {
  set("a.compressed", "F32", {2, 4},
      std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  set("a.bitmask", "U8", {2, 1}, std::vector<uint8_t>{0x95, 0x3c});
  set("a.shape", "I64", {2, 1}, std::vector<int64_t>{2, 8});
  set("b.weight", "F32", {1}, std::vector<float>{9});
  read(R"({"quant_method": "compressed-tensors",
           "sparsity_config": {"format": "sparse-24-bitmask"}})");
  ASSERT_EQ(errors, "");
  std::vector<float> want = {1, 0, 2, 0, 3, 0, 0, 4, 0, 0, 5, 6, 7, 8, 0, 0};
  EXPECT_EQ(elements<float>("a.weight"), want);
  EXPECT_EQ(elements<float>("b.weight"), std::vector<float>{9});
  EXPECT_EQ(source->find("a.bitmask"), nullptr);
  llvm::SmallVector<uint8_t, 0> scratch;
  for (int64_t first = 0; first < 16; ++first) {
    float found;
    std::memcpy(&found,
                source->read(*source->find("a.weight"), first, 1, scratch), 4);
    EXPECT_EQ(found, want[first]);
  }
}

} // namespace
