//===- ArchitecturesTest.cpp - What is particular about each family ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/import/ImportFixture.h"
#include "test/unit/import/TestFolder.h"

using namespace swage;
using namespace swage::import;
using namespace swage::test;

namespace {

class Architectures : public Import {
protected:
  /// The IR of a golden model, all of whose tensors are used.
  std::string golden(const char *name) {
    ImportedModel model = get(data("golden/") + name);
    if (!model.module)
      return "";
    EXPECT_TRUE(model.warnings.empty()) << model.warnings.front();
    return print(model);
  }

  /// The IR of a bare config.
  std::string config(llvm::StringRef text) {
    TestFolder folder;
    folder.write("config.json", text);
    ImportedModel model = get(folder.join("config.json"), {uint64_t(1)});
    return model.module ? print(model) : "";
  }
};

int occurrences(llvm::StringRef text, llvm::StringRef piece) {
  return int(text.count(piece));
}

TEST_F(Architectures, MistralSlidesAWindow) {
  std::string ir = golden("mistral");
  expectInOrder(ir, {"!transformer.cache<2 x 24 x f16>", "window = 40",
                     "@cache.1", "window = 40"});
}

TEST_F(Architectures, Qwen2HasBiasesOnInputsOfAttention) {
  std::string ir = golden("qwen2");
  EXPECT_EQ(occurrences(ir, "biases("), 6);
  EXPECT_EQ(occurrences(ir, "o_proj.bias"), 0);
  EXPECT_EQ(occurrences(ir, "window"), 0);
}

TEST_F(Architectures, Qwen2SlidesInLateLayersIfItIsSwitchedOn) {
  std::string ir = config(R"({"model_type": "qwen2", "vocab_size": 8,
      "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 3,
      "num_attention_heads": 2, "num_key_value_heads": 2,
      "sliding_window": 7, "use_sliding_window": true,
      "max_window_layers": 1})");
  EXPECT_EQ(occurrences(ir, "window = 7"), 2);
}

TEST_F(Architectures, Qwen3NormsHeads) {
  std::string ir = golden("qwen3");
  expectInOrder(ir,
                {"q_norm.weight : tensor<32xf32>", "transformer.linear",
                 "transformer.rms_norm", "(tensor<?x128xf32>, tensor<32xf32>)",
                 "transformer.rms_norm", "(tensor<?x64xf32>, tensor<32xf32>)",
                 "transformer.rope"});
}

TEST_F(Architectures, Gemma2CapsScoresAndLogits) {
  std::string ir = golden("gemma2");
  expectInOrder(ir,
                {"transformer.embedding", "scale = 8.0", "transformer.rms_norm",
                 "weight_offset = 1.0", "transformer.attention",
                 "scale = 0.2041241", "soft_cap = 5.0", "window = 40",
                 "residual", "transformer.gated_mlp gelu_tanh", "residual",
                 "transformer.logits", "soft_cap = 8.0"});
  EXPECT_EQ(occurrences(ir, "window = 40"), 2);
}

TEST_F(Architectures, Gemma3RotatesLocalLayersDifferently) {
  std::string ir = golden("gemma3");
  EXPECT_EQ(occurrences(ir, "theta = 1.000000e+04>"), 4);
  EXPECT_EQ(
      occurrences(ir, "theta = 1.000000e+06, scaling = linear, factor = 8.0"),
      2);
  EXPECT_EQ(occurrences(ir, "window = 40"), 2);
  EXPECT_EQ(occurrences(ir, "soft_cap"), 0);
  expectInOrder(ir, {"(tensor<?x128xf32>, tensor<32xf32>)"});
}

TEST_F(Architectures, Gemma3HasAPatternOfWindowsWithoutLayerTypes) {
  std::string ir = config(R"({"model_type": "gemma3_text", "vocab_size": 8,
      "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 7,
      "num_attention_heads": 4, "head_dim": 4, "sliding_window": 7,
      "sliding_window_pattern": 3})");
  EXPECT_EQ(occurrences(ir, "window = 7"), 5);
}

TEST_F(Architectures, Phi3TakesPartsOfFusedWeights) {
  std::string ir = golden("phi3");
  expectInOrder(
      ir,
      {"@model.layers.0.self_attn.k_proj.weight : tensor<32x64xf32> {source = "
       "\"model.layers.0.self_attn.qkv_proj.weight\", view = "
       "#transformer.view<offset = 64, sizes = [32], strides = [1]>}",
       "up_proj.weight : tensor<160x64xf32> {source = "
       "\"model.layers.0.mlp.gate_up_proj.weight\", view = "
       "#transformer.view<offset = 160, sizes = [160], strides = [1]>}"});
}

TEST_F(Architectures, Gpt2TransposesWeightsAndLearnsPositions) {
  std::string ir = golden("gpt2");
  expectInOrder(
      ir, {"@transformer.wpe.weight : tensor<256x64xf32>",
           "v_proj.weight : tensor<64x64xf32> {source = "
           "\"transformer.h.0.attn.c_attn.weight\", view = "
           "#transformer.view<offset = 128, sizes = [64], strides = [1], "
           "transposed>}",
           "v_proj.bias : tensor<64xf32> {source = "
           "\"transformer.h.0.attn.c_attn.bias\", view = "
           "#transformer.view<offset = 128, sizes = [64], strides = [1]>}",
           "positions(", "transformer.layer_norm", "transformer.attention",
           "transformer.activation gelu_tanh"});
  EXPECT_EQ(occurrences(ir, "transformer.rope"), 0);
}

TEST_F(Architectures, GptNeoXInterleavesHeadsAndRotatesAPart) {
  std::string ir = golden("gpt_neox");
  expectInOrder(
      ir,
      {"k_proj.weight : tensor<64x64xf32> {source = "
       "\"gpt_neox.layers.0.attention.query_key_value.weight\", view = "
       "#transformer.view<offset = 16, sizes = [4, 16], strides = [48, 1]>}",
       "rope = #transformer.rope<dims = 4, theta = 1.000000e+04>"});
}

TEST_F(Architectures, FalconSharesKeysAndValues) {
  std::string ir = golden("falcon");
  expectInOrder(ir, {"v_proj.weight : tensor<16x64xf32>",
                     "view<offset = 80, sizes = [1, 16], strides = [96, 1]>",
                     "!transformer.cache<1 x 16 x f16>"});
}

TEST_F(Architectures, FalconGroupsHeadsInItsNewDecoder) {
  std::string ir = config(R"({"model_type": "falcon", "vocab_size": 8,
      "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 8,
      "num_kv_heads": 2, "new_decoder_architecture": true})");
  expectInOrder(ir, {"ln_attn.weight", "ln_mlp.weight",
                     "q_proj.weight : tensor<32x32xf32>",
                     "view<offset = 0, sizes = [2, 16], strides = [24, 1]>",
                     "k_proj.weight : tensor<8x32xf32>",
                     "view<offset = 16, sizes = [2, 4], strides = [24, 1]>",
                     "!transformer.cache<2 x 4 x f16>", "num_heads = 8"});
}

TEST_F(Architectures, Olmo2NormsRowsAndResultsOfBlocks) {
  std::string ir = golden("olmo2");
  expectInOrder(ir,
                {"q_norm.weight : tensor<64xf32>",
                 "k_norm.weight : tensor<32xf32>", "transformer.embedding",
                 "transformer.linear", "transformer.rms_norm",
                 "transformer.attention", "transformer.rms_norm", "residual",
                 "transformer.gated_mlp", "transformer.rms_norm", "residual"});
}

} // namespace
