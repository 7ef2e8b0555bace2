//===- ImportTest.cpp - The IR of imported models ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Parser/Parser.h"
#include "test/unit/import/ImportFixture.h"
#include "test/unit/import/TestFolder.h"

using namespace mlir;
using namespace swage;
using namespace swage::import;
using namespace swage::test;

namespace {

TEST_F(Import, BuildsLlama) {
  ImportedModel model = get(data("golden/llama"));
  ASSERT_TRUE(model.module);
  EXPECT_EQ(count<transformer::WeightOp>(model), 21);
  EXPECT_EQ(count<transformer::CacheOp>(model), 2);
  EXPECT_TRUE(model.warnings.empty());
  expectInOrder(
      print(model),
      {R"(architecture = "llama")",
       "vocab_size = 256, max_positions = 256, bos = 1, eos = [2]>",
       "transformer.weight @model.embed_tokens.weight : tensor<256x128xf32>",
       "transformer.weight @model.layers.0.input_layernorm.weight : "
       "tensor<128xf32>",
       "transformer.weight @model.layers.0.self_attn.k_proj.weight : "
       "tensor<64x128xf32>",
       "transformer.weight @lm_head.weight : tensor<256x128xf32>",
       "transformer.cache @cache.0 : !transformer.cache<2 x 32 x f16>",
       "transformer.cache @cache.1",
       "func.func @forward(%arg0: tensor<?xi32>, %arg1: !transformer.batch, "
       "%arg2: tensor<?xi32>) -> tensor<?x256xf32> attributes "
       "{transformer.entry_point}",
       "transformer.embedding %arg0",
       "transformer.rms_norm",
       "epsilon = 9.99",
       "transformer.linear",
       "transformer.linear",
       "transformer.linear",
       "transformer.rope",
       "rope = #transformer.rope<dims = 32, theta = 1.000000e+04>",
       "transformer.rope",
       "transformer.cache_append",
       "transformer.attention",
       "num_heads = 4",
       "scale = 0.1767766",
       "transformer.linear",
       "arith.addf",
       "transformer.rms_norm",
       "transformer.gated_mlp",
       "silu",
       "arith.addf",
       "@cache.1",
       "transformer.logits",
       "return"});
}

TEST_F(Import, TiesTheHead) {
  ImportedModel model = get(data("golden/llama3"));
  ASSERT_TRUE(model.module);
  std::string text = print(model);
  EXPECT_EQ(text.find("lm_head"), std::string::npos);
  expectInOrder(text, {"theta = 5.000000e+05, scaling = llama3, factor = 8.0",
                       "low_freq_factor = 1.0", "high_freq_factor = 4.0",
                       "original_max_positions = 64", "transformer.logits"});
}

TEST_F(Import, NamesModulesInLocations) {
  ImportedModel model = get(data("golden/llama"));
  std::string text = print(model, /*locations=*/true);
  for (const char *name :
       {"\"model.embed_tokens\"", "\"model.layers.0.self_attn\"",
        "\"model.layers.1.self_attn.q_proj\"", "\"model.layers.1.mlp\"",
        "\"model.norm\"", "\"lm_head\""})
    EXPECT_NE(text.find(name), std::string::npos) << name;
}

TEST_F(Import, PrintsIRThatParses) {
  ImportedModel model = get(data("golden/llama3"));
  std::string text = print(model);
  OwningOpRef<ModuleOp> parsed =
      parseSourceString<ModuleOp>(text, ParserConfig(&context));
  ASSERT_TRUE(parsed);
}

TEST_F(Import, ReadsOldAndNewKeysAlike) {
  for (const char *name :
       {"llama", "llama3", "llama_sharded_bf16", "mistral", "qwen2", "qwen3",
        "gemma2", "gemma3", "phi3", "gpt2", "gpt_neox", "falcon", "olmo2"}) {
    ImportOptions random{uint64_t(1)};
    std::string folder = data("golden/") + name;
    ImportedModel now = get(folder + "/config.json", random);
    ImportedModel then = get(folder + "/config.v4.json", random);
    ASSERT_TRUE(now.module && then.module);
    std::string a = print(now), b = print(then);
    // Only the name of the file differs.
    size_t at = b.find("config.v4.json");
    ASSERT_NE(at, std::string::npos);
    b.replace(at, strlen("config.v4.json"), "config.json");
    EXPECT_EQ(a, b);
  }
}

TEST_F(Import, MakesRandomWeightsForABareConfig) {
  ImportedModel model =
      get(data("shapes/llama-3.2-1b/config.json"), {uint64_t(1)});
  ASSERT_TRUE(model.module);
  EXPECT_EQ(count<transformer::CacheOp>(model), 16);
  EXPECT_EQ(model.source->getTensors().size(), 2u + 16 * 9);
  EXPECT_EQ(
      model.source->find("model.layers.15.mlp.down_proj.weight")->describe(),
      "[2048, 8192] BF16");
}

TEST_F(Import, AddsBiases) {
  TestFolder folder;
  folder.write("config.json", R"({"model_type": "llama", "vocab_size": 8,
      "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
      "num_attention_heads": 2, "attention_bias": true, "mlp_bias": true,
      "torch_dtype": "float16",
      "rope_scaling": {"type": "linear", "factor": 4}})");
  ImportedModel model = get(folder.join("config.json"), {uint64_t(1)});
  ASSERT_TRUE(model.module);
  expectInOrder(print(model),
                {"@model.layers.0.self_attn.q_proj.bias : tensor<8xf16>",
                 "@model.layers.0.self_attn.o_proj.bias",
                 "@model.layers.0.mlp.up_proj.bias",
                 "!transformer.cache<2 x 4 x f16>", "biases(",
                 "scaling = linear, factor = 4.0", "transformer.gated_mlp",
                 "biases("});
}

} // namespace
