//===- PackedErrorsTest.cpp - Packed checkpoints that are wrong -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/import/PackedFixture.h"
#include <cmath>

using namespace swage::test;

namespace {

using Words = std::vector<uint32_t>;
using Floats = std::vector<float>;

constexpr const char *kGptq =
    R"({"quant_method": "gptq", "bits": 4, "group_size": 32})";

/// A checkpoint of each format with which nothing is wrong.
class PackedErrors : public Packed {
protected:
  void setGptq() {
    set("a.qweight", "I32", {8, 8}, Words(64));
    set("a.qzeros", "I32", {2, 1}, Words(2));
    set("a.scales", "F32", {2, 8}, Floats(16));
    set("a.g_idx", "I32", {64}, groups());
  }
  static std::vector<int32_t> groups() {
    std::vector<int32_t> all(64);
    for (int i = 0; i < 64; ++i)
      all[i] = i / 32;
    return all;
  }
  void setCompressed() {
    set("a.weight_packed", "I32", {2, 8}, Words(16));
    set("a.weight_shape", "I64", {2}, std::vector<int64_t>{2, 64});
    set("a.weight_scale", "F32", {2, 2}, Floats(4));
  }
  void expect(const char *config, const std::string &message) {
    read(config);
    EXPECT_EQ(errors, message) << config;
  }
};

TEST_F(PackedErrors, Configs) {
  setGptq();
  expect(R"({})", "config.json: quantization_config: quant_method is missing; "
                  "supported are gptq, awq, compressed-tensors, bitsandbytes, "
                  "fp8, bitnet");
  expect(R"({"quant_method": "aqlm"})",
         "config.json: quantization_config: quant_method is \"aqlm\"; "
         "supported are gptq, awq, compressed-tensors, bitsandbytes, fp8, "
         "bitnet");
  expect(R"({"quant_method": "gptq", "bits": 5})",
         "config.json: quantization_config: bits: found 5, supported are 2, 3, "
         "4 and 8");
  expect(R"({"quant_method": "gptq", "bits": 4, "group_size": 32,
             "rotation": "hadamard", "dynamic": {}})",
         "config.json: quantization_config: rotation: found \"hadamard\", but "
         "this compiler does not know what the key means");
  expect(R"({"quant_method": "gptq", "bits": 4, "group_size": 32,
             "checkpoint_format": "marlin"})",
         "config.json: quantization_config: checkpoint_format: found "
         "\"marlin\", supported are gptq and gptq_v2");
  expect(R"({"quant_method": "gptq", "bits": 4, "group_size": 32,
             "modules_to_not_convert": ["a"]})",
         "config.json: quantization_config: modules_to_not_convert leaves out "
         "\"a\", but module 'a' is packed");
  expect(R"({"quant_method": "awq", "bits": 3, "group_size": 32})",
         "config.json: quantization_config: bits: found 3, supported is 4");
  expect(R"({"quant_method": "awq", "version": "gemv"})",
         "config.json: quantization_config: version: found \"gemv\", supported "
         "is gemm");
  expect(R"({"quant_method": "bitnet", "linear_class": "other"})",
         "config.json: quantization_config: linear_class: found \"other\", "
         "supported are bitlinear and autobitlinear");
  expect(R"({"quant_method": "bitsandbytes"})",
         "config.json: quantization_config: expected either load_in_4bit or "
         "load_in_8bit to be true");
  expect(R"({"quant_method": "fp8", "weight_block_size": [128]})",
         "config.json: quantization_config: weight_block_size: expected the "
         "rows and the columns of a block, as in [128, 128]");
}

TEST_F(PackedErrors, Gptq) {
  setGptq();
  expect(kGptq, "");
  set("a.g_idx", "I32", {64}, [] {
    auto all = groups();
    all[3] = 2;
    return all;
  }());
  expect(kGptq, "model.safetensors: tensor 'a.g_idx': column 3 is of group 2, "
                "and there are 2");
  set("a.g_idx", "I32", {64}, [] {
    auto all = groups();
    all[3] = 1;
    return all;
  }());
  expect(kGptq, "model.safetensors: tensor 'a.g_idx': group 0 has 31 columns, "
                "expected 32 in each");
  setGptq();
  set("a.scales", "F32", {2, 8}, [] {
    Floats all(16);
    all[5] = NAN;
    return all;
  }());
  expect(kGptq, "model.safetensors: tensor 'a.scales': element 5 is NaN, and "
                "scales must be finite");
  set("a.scales", "F32", {8, 2}, Floats(16));
  expect(kGptq, "model.safetensors: tensor 'a.scales': found shape [8, 2], "
                "expected [2, 8]");
  set("a.scales", "I32", {2, 8}, Words(16));
  expect(kGptq, "model.safetensors: tensor 'a.scales': found dtype I32, "
                "expected F16 or BF16 or F32");
  setGptq();
  set("b.qweight", "I32", {8, 8}, Words(64));
  expect(kGptq, "tensor 'b.qzeros' is missing\ntensor 'b.scales' is missing");
  set("b.qweight", "I32", {3, 8}, Words(24));
  expect(kGptq, "model.safetensors: tensor 'b.qweight': found 8 rows of 24 "
                "columns, expected rows that fill words of zeros, and columns "
                "that are whole groups of 32");
}

TEST_F(PackedErrors, WeightsThatAreThereTwice) {
  setGptq();
  set("a.weight", "F32", {8, 64}, Floats(512));
  expect(kGptq, "model.safetensors: there are two tensors for 'a.weight', one "
                "of them packed");
}

TEST_F(PackedErrors, Compressed) {
  auto config = [](const std::string &weights,
                   const std::string &format = "pack-quantized") {
    return R"({"quant_method": "compressed-tensors", "format": ")" + format +
           R"(", "config_groups": {"g": {"targets": ["Linear"], "weights": )" +
           weights + "}}}";
  };
  std::string good =
      config(R"({"num_bits": 4, "strategy": "group", "group_size": 32})");
  std::string g = "config.json: quantization_config: config_groups.g";
  setCompressed();
  expect(good.c_str(), "");
  expect(config(R"({"num_bits": 5, "strategy": "group", "group_size": 32})")
             .c_str(),
         "config.json: quantization_config: config_groups.g.weights.num_bits: "
         "found 5, supported in packed weights are 2, 4 and 8");
  expect(config(R"({"num_bits": 4, "strategy": "block"})").c_str(),
         g + ": weights: strategy: found \"block\", which needs floats and a "
             "block_structure such as [128, 128]\n"
             "model.safetensors: tensor 'a.weight_scale': found shape [2, 2], "
             "expected [2, 1]");
  expect(config(R"({"num_bits": 4, "strategy": "group", "group_size": 32,
                    "magic": 1})")
             .c_str(),
         g + ": weights: magic: found 1, but this compiler does not know what "
             "the key means");
  expect(config(R"({"num_bits": 4, "strategy": "group", "group_size": 32})",
                "int-quantized")
             .c_str(),
         "config.json: quantization_config: config_groups.g.format: found "
         "\"int-quantized\", but the tensors of module 'a' are those of "
         "\"pack-quantized\"");
  set("a.weight_shape", "I64", {2}, std::vector<int64_t>{2, 65});
  expect(good.c_str(), "model.safetensors: tensor 'a.weight_packed': found "
                       "shape [2, 8], expected [2, 9] for a weight of shape "
                       "[2, 65]");
}

TEST_F(PackedErrors, Values) {
  set("a.weight", "U8", {1, 4}, std::vector<uint8_t>{0, 0x0c, 0, 0});
  set("a.weight_scale", "F32", {1}, Floats{1});
  expect(R"({"quant_method": "bitnet"})",
         "model.safetensors: tensor 'a.weight': byte 1 is 12, and two of its "
         "bits are 3, which stands for no value");
  set("a.weight", "U8", {1, 4}, std::vector<uint8_t>(4));
  set("a.weight_scale", "F32", {1}, Floats{0});
  expect(R"({"quant_method": "bitnet"})",
         "model.safetensors: tensor 'a.weight_scale': found a scale of 0, by "
         "which values are divided");
}

TEST_F(PackedErrors, FloatsThatAreNoNumbers) {
  set("a.weight", "F8_E4M3", {1, 4}, std::vector<uint8_t>{0, 1, 0xff, 0});
  set("a.weight_scale_inv", "F32", {1, 1}, Floats{1});
  expect(R"({"quant_method": "fp8", "weight_block_size": [128, 128]})",
         "model.safetensors: tensor 'a.weight': element 2 is NaN or infinite, "
         "and weights must be finite");
}

TEST_F(PackedErrors, Sparse) {
  const char *config = R"({"quant_method": "compressed-tensors",
                           "sparsity_config": {"format": "sparse-24-bitmask"}})";
  set("a.compressed", "F32", {1, 4}, Floats(4));
  set("a.shape", "I64", {2}, std::vector<int64_t>{1, 8});
  set("a.bitmask", "U8", {1, 1}, std::vector<uint8_t>{0x37});
  expect(config, "model.safetensors: tensor 'a.bitmask': byte 0 is 55, "
                 "expected two bits of each four");
  set("a.shape", "I64", {2}, std::vector<int64_t>{1, 16});
  expect(config, "model.safetensors: tensor 'a.compressed': found shape [1, "
                 "4], expected half of the columns that 'a.shape' says, "
                 "[1, 16]");
  set("a.shape", "I64", {2}, std::vector<int64_t>{1, 8 + (1ll << 32)});
  expect(config, "model.safetensors: tensor 'a.shape': expected the rows and "
                 "columns of a matrix");
}

TEST_F(PackedErrors, BlocksThatAreNotAsTheirStateSays) {
  const char *config = R"({"quant_method": "bitsandbytes",
                           "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"})";
  auto setState = [&](std::string text) {
    set("a.weight.quant_state.bitsandbytes__nf4", "U8", {int64_t(text.size())},
        std::vector<char>(text.begin(), text.end()));
  };
  std::string where =
      "model.safetensors: tensor 'a.weight.quant_state.bitsandbytes__nf4': ";
  set("a.weight.absmax", "U8", {2}, std::vector<uint8_t>(2));
  expect(config, "tensor 'a.weight.quant_state.bitsandbytes__nf4' is missing");
  setState(R"([1])");
  expect(config, where + "expected the shape of a matrix and a blocksize, "
                         "found [1]");
  setState(R"({"shape": [2, 96], "blocksize": 64})");
  expect(config, where + "found rows of 96 columns, expected whole blocks of "
                         "64");
  setState(R"({"shape": [2, 64], "blocksize": 64, "nested_blocksize": 0,
               "nested_offset": 0.5})");
  read(config);
  EXPECT_NE(errors.find("expected a nested_blocksize and a nested_offset"),
            std::string::npos)
      << errors;
  setState(R"({"shape": [2, 64], "blocksize": 64})");
  set("a.weight", "U8", {63, 1}, std::vector<uint8_t>(63));
  set("a.weight.quant_map", "F32", {16}, Floats(16));
  expect(config, "model.safetensors: tensor 'a.weight': found shape [63, 1], "
                 "expected [64, 1]");
}

} // namespace
