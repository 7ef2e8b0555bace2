//===- GgufModelTest.cpp - GGUF models equal their folders ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/gguf/GgufRope.h"
#include "dialects/transformer/Transformer.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/gguf/GgufBytes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace swage;
using namespace swage::import;
using namespace swage::test;

namespace {

class GgufModel : public testing::TestWithParam<const char *> {
protected:
  ImportedModel get(const std::string &path) {
    auto model = importModel(context, path);
    EXPECT_TRUE(bool(model)) << llvm::toString(model.takeError());
    return model ? std::move(*model) : ImportedModel();
  }

  /// The IR, but for the path that it was imported from.
  static std::string print(ImportedModel &model, const std::string &path) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    model.module->print(stream);
    size_t at = text.find(path);
    return at == std::string::npos ? text : text.replace(at, path.size(), "");
  }

  static std::string folder(llvm::StringRef name) {
    return SWAGE_TEST_DATA "/golden/" + name.str();
  }
  static std::string file(llvm::StringRef name) {
    return SWAGE_TEST_DATA "/models/gguf/" + name.str() + ".gguf";
  }

  /// Compares the values of all weights of `a`, bit for bit. Those of norms
  /// that are added to one are compared as sums.
  void compareWeights(ImportedModel &a, ImportedModel &b, bool plusOne) {
    a.module->walk([&](transformer::WeightOp weight) {
      std::string name = weight.getSymName().str();
      const weights::TensorInfo *left = a.source->find(name);
      const weights::TensorInfo *right = b.source->find(name);
      ASSERT_TRUE(left && right) << name;
      ASSERT_EQ(left->describe(), right->describe()) << name;
      int64_t count = left->getNumElements();
      llvm::SmallVector<uint8_t> one, two;
      const uint8_t *x = a.source->read(*left, 0, count, one);
      const uint8_t *y = b.source->read(*right, 0, count, two);
      bool isSum = plusOne && llvm::StringRef(name).ends_with("norm.weight");
      int64_t width = getBytes(left->dtype);
      for (int64_t i = 0; i < count; ++i) {
        float p = widen(left->dtype, x + i * width);
        float q = widen(right->dtype, y + i * width);
        if (isSum)
          p += 1.0f, q += 1.0f;
        ASSERT_EQ(p, q) << name << " at " << i;
      }
    });
  }

  MLIRContext context;
};

TEST_P(GgufModel, EqualsItsFolder) {
  llvm::StringRef name = GetParam();
  ImportedModel left = get(folder(name)), right = get(file(name));
  ASSERT_TRUE(left.module && right.module);
  EXPECT_EQ(print(left, folder(name)), print(right, file(name)));
  compareWeights(left, right, name.starts_with("gemma"));
}

INSTANTIATE_TEST_SUITE_P(Architectures, GgufModel,
                         testing::Values("llama3", "llama_layers", "mistral",
                                         "mixtral", "qwen2", "qwen3",
                                         "qwen3_moe", "gemma2", "gemma3",
                                         "phi3", "gpt2", "gpt_neox", "falcon",
                                         "falcon_groups", "olmo2", "bert_cls"));

/// A file of an encoder has no head for masked words.
TEST_F(GgufModel, EncoderWithoutItsHead) {
  ImportedModel left = get(folder("bert")), right = get(file("bert"));
  ASSERT_TRUE(left.module && right.module);
  EXPECT_EQ(right.source->find("cls.predictions.bias"), nullptr);
  compareWeights(right, left, /*plusOne=*/false);
}

// ---- Rope -------------------------------------------------------------------

/// What the converter stores for these parameters.
std::vector<float> makeFactors(const Llama3Scaling &s, double theta, int dims) {
  std::vector<float> factors;
  for (int i = 0; i < dims / 2; ++i) {
    double wavelength =
        2 * 3.14159265358979323846 * std::pow(theta, 2.0 * i / dims);
    double turns = double(s.originalMaxPositions) / wavelength;
    double smooth =
        (turns - s.lowFreqFactor) / (s.highFreqFactor - s.lowFreqFactor);
    factors.push_back(turns > s.highFreqFactor ? 1.0f
                      : turns < s.lowFreqFactor
                          ? float(s.factor)
                          : float(1 / ((1 - smooth) / s.factor + smooth)));
  }
  return factors;
}

TEST(GgufRope, FindsWhatTheFactorsWereMadeFrom) {
  for (const auto &[scaling, dims] :
       {std::pair(Llama3Scaling{8, 1, 4, 8192}, 128),
        std::pair(Llama3Scaling{32, 1, 4, 8192}, 64),
        std::pair(Llama3Scaling{8, 1, 4, 64}, 16),
        std::pair(Llama3Scaling{8, 1, 2.5, 8192}, 128)}) {
    auto found = findLlama3Scaling(makeFactors(scaling, 5e5, dims), 5e5);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->factor, scaling.factor);
    EXPECT_EQ(found->highFreqFactor, scaling.highFreqFactor);
    EXPECT_EQ(found->originalMaxPositions, scaling.originalMaxPositions);
  }
  std::vector<float> wrong = makeFactors({8, 1, 4, 8192}, 5e5, 128);
  wrong[40] *= 1.01f;
  EXPECT_FALSE(findLlama3Scaling(wrong, 5e5));
}

// ---- Errors -----------------------------------------------------------------

class GgufErrors : public testing::Test {
protected:
  std::string messageFor(const std::string &bytes) {
    llvm::SmallString<128> path;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("swage", "gguf", path));
    {
      std::error_code error;
      llvm::raw_fd_ostream(path, error) << bytes;
      EXPECT_FALSE(error);
    }
    MLIRContext context;
    auto model = importModel(context, path);
    llvm::sys::fs::remove(path);
    std::string message =
        model ? "no error" : llvm::toString(model.takeError());
    while (true) {
      size_t at = message.find(path.c_str());
      if (at == std::string::npos)
        return message;
      message.replace(at, path.size(), "m.gguf");
    }
  }
};

TEST_F(GgufErrors, QuantizedTensors) {
  GgufBytes file;
  file.start(2, 1).text("general.architecture", "llama");
  file.tensor("blk.0.attn_q.weight", {32, 1}, 9, 0);
  file.tensor("blk.0.attn_k.weight", {32, 1}, 9, 64).pad();
  EXPECT_NE(messageFor(file.bytes)
                .find("m.gguf: tensor 'blk.0.attn_q.weight' and 1 more: found "
                      "type Q8_1, this version supports F32, F16, BF16 "
                      "and"),
            std::string::npos);
}

TEST_F(GgufErrors, RowsThatAreNoWholeBlocks) {
  GgufBytes file;
  file.start(1, 1).text("general.architecture", "llama");
  file.tensor("blk.0.attn_q.weight", {96, 2}, 12, 0).pad();
  EXPECT_NE(messageFor(file.bytes)
                .find("tensor \"blk.0.attn_q.weight\": found 96 columns, "
                      "expected a multiple of 256, the block of Q4_K"),
            std::string::npos);
}

/// Metadata of a model of one layer, 32 wide, with a vocabulary of 8.
GgufBytes startModel(uint64_t tensors, uint64_t moreKeys,
                     const std::string &architecture = "llama") {
  GgufBytes file;
  file.start(tensors + 1, 6 + moreKeys);
  file.text("general.architecture", architecture);
  for (auto [key, value] :
       {std::pair(".embedding_length", 32u), std::pair(".block_count", 1u),
        std::pair(".context_length", 64u),
        std::pair(".feed_forward_length", 32u),
        std::pair(".attention.head_count", 2u)})
    file.u32(architecture + key, value);
  return file;
}

/// The embedding, at the start of the data, and room for `bytes` after it.
void finishModel(GgufBytes &file, size_t bytes) {
  file.tensor("token_embd.weight", {32, 8}, 0, 0).pad();
  file.bytes.resize(file.bytes.size() + 1024 + bytes);
}

TEST_F(GgufErrors, MissingAndMisshapenTensorsHaveTheNamesOfTheFile) {
  GgufBytes file = startModel(2, 0);
  file.tensor("blk.0.attn_q.weight", {32, 64}, 0, 1024);
  file.tensor("blk.0.attn_norm.weight", {16}, 0, 9216);
  finishModel(file, 8192 + 64);
  std::string message = messageFor(file.bytes);
  for (const char *expected :
       {"m.gguf: tensor 'blk.0.attn_q.weight' "
        "('model.layers.0.self_attn.q_proj.weight'): found shape [64, 32], "
        "expected [32, 32]",
        "m.gguf: tensor 'blk.0.attn_norm.weight' "
        "('model.layers.0.input_layernorm.weight'): found shape [16], expected "
        "[32]",
        "tensor 'blk.0.ffn_down.weight' "
        "('model.layers.0.mlp.down_proj.weight') is missing; expected [32, 32]",
        "tensor 'output_norm.weight' ('model.norm.weight') is missing"})
    EXPECT_NE(message.find(expected), std::string::npos) << message;
}

TEST_F(GgufErrors, PartsOfModels) {
  GgufBytes file = startModel(0, 2);
  file.text("general.type", "adapter")
      .key("split.count", 2)
      .number<uint16_t>(3);
  finishModel(file, 0);
  EXPECT_EQ(messageFor(file.bytes),
            "m.gguf: metadata key 'general.type': found \"adapter\", expected "
            "\"model\"\n"
            "m.gguf: metadata key 'split.count': found one of 3 parts of a "
            "model, expected the whole; join them with llama.cpp's "
            "llama-gguf-split --merge");
}

TEST_F(GgufErrors, ExpertsOfAnotherNumber) {
  GgufBytes file = startModel(1, 2);
  file.u32("llama.expert_count", 4).u32("llama.expert_used_count", 2);
  file.tensor("blk.0.ffn_up_exps.weight", {32, 32, 3}, 0, 1024);
  finishModel(file, 12288);
  EXPECT_EQ(messageFor(file.bytes),
            "m.gguf: tensor 'blk.0.ffn_up_exps.weight': found shape [3, 32, "
            "32], expected three dimensions, of which the first is the number "
            "of experts, 4");
}

TEST_F(GgufErrors, ExpertsThatAreNotChosenByASoftmax) {
  GgufBytes file = startModel(0, 3);
  file.u32("llama.expert_count", 4).u32("llama.expert_used_count", 2);
  file.u32("llama.expert_gating_func", 2);
  finishModel(file, 0);
  EXPECT_EQ(messageFor(file.bytes),
            "m.gguf: metadata key 'llama.expert_gating_func': found 2, "
            "expected 1");
}

TEST_F(GgufErrors, WhatAnArchitectureDoesNotHave) {
  GgufBytes file = startModel(0, 2, "qwen2");
  file.u32("qwen2.expert_count", 4).u32("qwen2.attention.sliding_window", 8);
  finishModel(file, 0);
  EXPECT_EQ(messageFor(file.bytes),
            "m.gguf: metadata key 'qwen2.expert_count': found 4, expected 0 in "
            "this architecture\n"
            "m.gguf: metadata key 'qwen2.attention.sliding_window': found 8, "
            "expected 0 in this architecture");
}

TEST_F(GgufErrors, FusedRowsThatAreNoGroups) {
  GgufBytes file = startModel(1, 1, "falcon");
  file.u32("falcon.attention.head_count_kv", 2);
  file.tensor("blk.0.attn_qkv.weight", {32, 64}, 0, 1024);
  finishModel(file, 8192);
  EXPECT_NE(messageFor(file.bytes)
                .find("m.gguf: tensor 'blk.0.attn_qkv.weight': found 64 rows, "
                      "expected a multiple of its 6 heads of queries, keys and "
                      "values, which form 2 groups"),
            std::string::npos);
}

TEST_F(GgufErrors, NormsThatAreNotStoredAsSums) {
  GgufBytes file = startModel(1, 0, "gemma2");
  file.tensor("blk.0.attn_norm.weight", {32}, 1, 1024);
  finishModel(file, 64);
  EXPECT_NE(messageFor(file.bytes)
                .find("m.gguf: tensor 'blk.0.attn_norm.weight': found shape "
                      "[32] F16, expected a vector of F32"),
            std::string::npos);
}

TEST_F(GgufErrors, UnknownArchitecture) {
  std::string message = messageFor(
      GgufBytes().start(0, 1).text("general.architecture", "rwkv").bytes);
  EXPECT_NE(message.find("m.gguf: metadata key 'general.architecture': found "
                         "\"rwkv\", supported are llama, qwen2"),
            std::string::npos)
      << message;
}

TEST_F(GgufErrors, MissingKeysAreAllListed) {
  std::string message = messageFor(
      GgufBytes().start(0, 1).text("general.architecture", "llama").bytes);
  for (const char *key : {"embedding_length", "block_count", "context_length",
                          "feed_forward_length", "attention.head_count"})
    EXPECT_NE(message.find(std::string("m.gguf: metadata key 'llama.") + key +
                           "' is missing"),
              std::string::npos)
        << message;
}

} // namespace
