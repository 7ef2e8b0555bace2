//===- ImportErrorsTest.cpp - Models that cannot be imported --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Import.h"
#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/safetensors/SafeTensorsWriter.h"
#include "mlir/IR/MLIRContext.h"
#include "test/unit/import/TestFolder.h"
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::import;
using namespace swage::test;
using weights::Dtype;

namespace {

std::string errorOf(llvm::StringRef path, const TestFolder &folder,
                    ImportOptions options = {}) {
  mlir::MLIRContext context;
  auto model = importModel(context, path, options);
  EXPECT_FALSE(bool(model));
  return model ? "" : messages(model.takeError(), folder);
}

/// A valid config with some keys set, or removed with an empty value.
std::string
config(std::vector<std::pair<std::string, std::string>> changes = {}) {
  std::vector<std::pair<std::string, std::string>> keys = {
      {"model_type", "\"llama\""}, {"vocab_size", "16"},
      {"hidden_size", "8"},        {"intermediate_size", "16"},
      {"num_hidden_layers", "1"},  {"num_attention_heads", "2"}};
  for (auto &change : changes) {
    auto old = llvm::find_if(
        keys, [&](auto &pair) { return pair.first == change.first; });
    if (old != keys.end())
      old->second = change.second;
    else
      keys.push_back(change);
  }
  std::string text;
  for (auto &[key, value] : keys)
    if (!value.empty())
      text += (text.empty() ? "" : ", ") + ("\"" + key + "\": ") + value;
  return "{" + text + "}";
}

/// What a list of all architectures looks like.
std::string listFamilies() {
  std::string list;
  for (const Architecture *architecture : getArchitectures())
    list += (list.empty() ? "" : ", ") + architecture->modelType.str();
  return list;
}

struct BadConfig {
  std::vector<std::pair<std::string, std::string>> changes;
  const char *message;
};

TEST(ImportErrors, Configs) {
  const BadConfig cases[] = {
      {{{"model_type", ""}},
       "c.json: 'model_type' is missing; supported are FAMILIES"},
      {{{"model_type", "\"mamba\""}},
       "c.json: model_type: found \"mamba\", supported are FAMILIES"},
      {{{"architectures", "[\"LlamaForSequenceClassification\"]"}},
       "c.json: architectures: found [\"LlamaForSequenceClassification\"], "
       "expected [\"LlamaForCausalLM\"]"},
      {{{"vocab_size", ""}, {"hidden_size", ""}},
       "c.json: 'vocab_size' is missing\nc.json: 'hidden_size' is missing\n"
       "c.json: hidden_size: found 1, expected a multiple of "
       "num_attention_heads, which is 2, as there is no head_dim\n"
       "c.json: head_dim: found 1, expected an even number, as rope rotates "
       "pairs"},
      {{{"num_hidden_layers", "0"}},
       "c.json: num_hidden_layers: found 0, expected an integer from 1 to "
       "2147483647"},
      {{{"num_hidden_layers", "20000"}},
       "c.json: num_hidden_layers: found 20000, expected at most 10000"},
      {{{"intermediate_size", "1.5"}},
       "c.json: intermediate_size: found 1.5, expected an integer from 1 to "
       "2147483647"},
      {{{"num_key_value_heads", "3"}},
       "c.json: num_attention_heads: found 2, expected a multiple of "
       "num_key_value_heads, which is 3"},
      {{{"num_attention_heads", "3"}},
       "c.json: hidden_size: found 8, expected a multiple of "
       "num_attention_heads, which is 3, as there is no head_dim"},
      {{{"head_dim", "2147483646"}},
       "c.json: num_attention_heads and head_dim: found a product of "
       "4294967292, expected at most 2147483647"},
      {{{"head_dim", "3"}},
       "c.json: head_dim: found 3, expected an even number, as rope rotates "
       "pairs"},
      {{{"hidden_act", "\"mish\""}},
       "c.json: hidden_act: found \"mish\", supported are silu, swish, gelu, "
       "gelu_new, gelu_pytorch_tanh and relu"},
      {{{"hidden_act", "3"}}, "c.json: hidden_act: found 3, expected a string"},
      {{{"attention_bias", "1"}},
       "c.json: attention_bias: found 1, expected true or false"},
      {{{"rms_norm_eps", "-1"}},
       "c.json: rms_norm_eps: found -1, expected a number above zero"},
      {{{"dtype", "\"float8\""}},
       "c.json: dtype: found \"float8\", supported are float32, float16 and "
       "bfloat16"},
      {{{"dtype", "\"float32\""}, {"torch_dtype", "\"bfloat16\""}},
       "c.json: dtype is \"float32\" but torch_dtype is \"bfloat16\"; remove "
       "the wrong one"},
      {{{"eos_token_id", "[1, 16]"}},
       "c.json: eos_token_id: found 16, expected a token below the vocab_size "
       "of 16"},
      {{{"bos_token_id", "-1"}},
       "c.json: bos_token_id: found -1, expected a token below the vocab_size "
       "of 16"},
      {{{"quantization_config", R"({"quant_method": "gptq"})"},
        {"sliding_window", "4096"}},
       "c.json: sliding_window: found 4096, which is not supported; expected "
       "no such key\n"
       "c.json: quantization_config: random weights are not quantized; remove "
       "the key"},
      {{{"partial_rotary_factor", "0.5"}},
       "c.json: partial_rotary_factor: found 0.5, which is not supported; "
       "expected 1.0"},
      // Layers of their own.
      {{{"per_layer_config", "[]"}},
       "c.json: per_layer_config: found [], expected an object"},
      {{{"per_layer_config", R"({"1": {}, "x": {}, "0": 3})"}},
       "c.json: per_layer_config.0: found 3, expected an object for a layer "
       "from 0 to 0\n"
       "c.json: per_layer_config.1: found {}, expected an object for a layer "
       "from 0 to 0\n"
       "c.json: per_layer_config.x: found {}, expected an object for a layer "
       "from 0 to 0"},
      {{{"per_layer_config",
         R"({"0": {"num_key_value_heads": 3, "skip": ["mlp"]}})"}},
       "c.json: per_layer_config.0: num_attention_heads: found 2, expected a "
       "multiple of num_key_value_heads, which is 3\n"
       "c.json: per_layer_config.0: skip: found [\"mlp\"], which is not "
       "supported; supported are num_attention_heads, num_key_value_heads and "
       "intermediate_size"},
      // Rotary parameters.
      {{{"rope_parameters", "7"}},
       "c.json: rope_parameters: found 7, expected an object"},
      {{{"rope_theta", "500000"},
        {"rope_parameters", R"({"rope_theta": 10000.0})"}},
       "c.json: rope_parameters.rope_theta is 10000.0 but rope_theta is "
       "500000; remove the wrong one"},
      {{{"rope_scaling", R"({"type": "cubic", "factor": 2})"}},
       "c.json: rope_scaling.type: found \"cubic\", supported are default, "
       "linear, dynamic, yarn, longrope and llama3"},
      {{{"rope_scaling", R"({"type": "su"})"}},
       "c.json: rope_scaling.type: found \"su\", supported are default, "
       "linear, dynamic, yarn, longrope and llama3"},
      {{{"rope_scaling", R"({"type": "dynamic"})"}},
       "c.json: 'factor' is missing in rope_scaling"},
      {{{"rope_scaling", R"({"type": "dynamic", "factor": 4e6})"}},
       "c.json: factor: found 4000000.0, expected at most 2147483647 "
       "positions, which are a multiple of 2048 by it"},
      {{{"head_dim", "2"},
        {"rope_scaling", R"({"type": "dynamic", "factor": 2})"}},
       "c.json: head_dim: found 2 rotated channels, expected more with "
       "rope_type dynamic"},
      {{{"rope_scaling", R"({"rope_type": "yarn", "factor": 2, "beta_fast": 1,
                             "beta_slow": 2, "truncate": 3})"}},
       "c.json: beta_fast: found 1.0, expected at least beta_slow, which is "
       "2.0\nc.json: rope_scaling.truncate: found 3, expected true or false"},
      {{{"rope_scaling",
         R"({"rope_type": "longrope", "short_factor": [1], "factor": 0})"}},
       "c.json: rope_scaling.factor: found 0, expected a number above zero\n"
       "c.json: rope_scaling.short_factor: found 1 values, expected a list of "
       "2 numbers, one for each pair of rotated channels\n"
       "c.json: 'long_factor' is missing in rope_scaling"},
      {{{"rope_scaling",
         R"({"rope_type": "longrope", "short_factor": [1, -1],
             "long_factor": 7})"}},
       "c.json: rope_scaling.short_factor[1]: found -1, expected a number "
       "above zero\n"
       "c.json: rope_scaling.long_factor: found 7, expected a list of 2 "
       "numbers, one for each pair of rotated channels"},
      {{{"original_max_position_embeddings", "64"},
        {"rope_scaling",
         R"({"rope_type": "yarn", "factor": 2,
             "original_max_position_embeddings": 32})"}},
       "c.json: rope_scaling.original_max_position_embeddings is 32 but "
       "original_max_position_embeddings is 64; remove the wrong one"},
      {{{"rope_scaling", R"({"type": "linear", "rope_type": "llama3",
                             "factor": 2})"}},
       "c.json: rope_scaling.rope_type is \"llama3\" but rope_scaling.type is "
       "\"linear\"; remove the wrong one\n"
       "c.json: 'low_freq_factor' is missing in rope_scaling\n"
       "c.json: 'high_freq_factor' is missing in rope_scaling\n"
       "c.json: 'original_max_position_embeddings' is missing in rope_scaling"},
      {{{"rope_scaling", R"({"factor": 2})"}},
       "c.json: rope_scaling: found {\"factor\":2}, expected a rope_type in "
       "it"},
      {{{"rope_parameters", R"({"rope_type": "linear"})"}},
       "c.json: 'factor' is missing in rope_parameters"},
      {{{"rope_parameters",
         R"({"rope_type": "default", "mrope_section": [1]})"}},
       "c.json: rope_parameters.mrope_section: found [1], which is not "
       "supported; supported are rope_theta, rope_type, type, factor, "
       "low_freq_factor, high_freq_factor, original_max_position_embeddings, "
       "attention_factor, beta_fast, beta_slow, mscale, mscale_all_dim, "
       "truncate, short_factor, long_factor"},
      {{{"rope_parameters",
         R"({"rope_type": "llama3", "factor": 8, "low_freq_factor": 4,
             "high_freq_factor": 1, "original_max_position_embeddings": 64})"}},
       "c.json: high_freq_factor: found 1.0, expected more than "
       "low_freq_factor, which is 4.0"},
  };
  for (const BadConfig &bad : cases) {
    TestFolder folder;
    folder.write("c.json", config(bad.changes));
    std::string message = bad.message;
    if (size_t at = message.find("FAMILIES"); at != std::string::npos)
      message.replace(at, strlen("FAMILIES"), listFamilies());
    EXPECT_EQ(errorOf(folder.join("c.json"), folder, {uint64_t(1)}), message);
  }
}

TEST(ImportErrors, ConfigsThatAreNoObject) {
  TestFolder folder;
  folder.write("c.json", "[1]");
  EXPECT_EQ(errorOf(folder.join("c.json"), folder, {uint64_t(1)}),
            "c.json: found [1], expected an object");
  folder.write("c.json", "{\"a\" 1}");
  std::string text = errorOf(folder.join("c.json"), folder, {uint64_t(1)});
  EXPECT_NE(text.find("c.json: invalid JSON: parse error at line 1, column 6"),
            std::string::npos)
      << text;
}

TEST(ImportErrors, Paths) {
  TestFolder folder;
  EXPECT_EQ(errorOf(folder.join("none"), folder),
            "none: No such file or directory");
  EXPECT_EQ(errorOf(folder.getPath(), folder),
            folder.getPath().str() + ": not a Hugging Face model: there is no "
                                     "config.json in it");
  folder.write("c.json", config());
  EXPECT_EQ(errorOf(folder.join("c.json"), folder),
            "c.json: a config alone has no weights: pass its folder, or "
            "--weights random:SEED");
  folder.write("m.safetensors", "");
  EXPECT_EQ(errorOf(folder.join("m.safetensors"), folder),
            "m.safetensors: expected a folder with config.json and "
            "model.safetensors, a GGUF file, or a config.json; pass the folder "
            "that holds "
            "it and its config.json");
  folder.write("m.swg", "");
  EXPECT_EQ(errorOf(folder.join("m.swg"), folder),
            "m.swg: expected a folder with config.json and model.safetensors, "
            "a GGUF file, or a config.json; this is an artifact, which is "
            "compiled already");
}

// ---- Weights ----------------------------------------------------------------

/// The tensors of `config()`.
std::vector<DenseTensor> tensors() {
  std::vector<DenseTensor> all;
  auto add = [&](std::string name, std::vector<int64_t> shape) {
    int64_t size = 4;
    for (int64_t n : shape)
      size *= n;
    all.push_back({name, Dtype::F32, shape, std::vector<uint8_t>(size)});
  };
  add("model.embed_tokens.weight", {16, 8});
  for (const char *name : {"q", "k", "v", "o"})
    add(std::string("model.layers.0.self_attn.") + name + "_proj.weight",
        {8, 8});
  add("model.layers.0.mlp.gate_proj.weight", {16, 8});
  add("model.layers.0.mlp.up_proj.weight", {16, 8});
  add("model.layers.0.mlp.down_proj.weight", {8, 16});
  add("model.layers.0.input_layernorm.weight", {8});
  add("model.layers.0.post_attention_layernorm.weight", {8});
  add("model.norm.weight", {8});
  add("lm_head.weight", {16, 8});
  return all;
}

void writeModel(const TestFolder &folder,
                const std::vector<DenseTensor> &tensors) {
  folder.write("config.json", config());
  ASSERT_FALSE(
      bool(writeDenseTensors(folder.join("model.safetensors"), tensors)));
}

TEST(ImportErrors, AcceptsTheModelThatTheOthersBreak) {
  TestFolder folder;
  writeModel(folder, tensors());
  mlir::MLIRContext context;
  auto model = importModel(context, folder.getPath());
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  EXPECT_TRUE(model->warnings.empty());
}

TEST(ImportErrors, ListsEveryWrongTensor) {
  TestFolder folder;
  std::vector<DenseTensor> all = tensors();
  all.erase(all.begin() + 1); // q_proj
  all[1].shape = {4, 16};     // k_proj
  all[2].dtype = Dtype::I32;  // v_proj
  all.pop_back();             // lm_head
  writeModel(folder, all);
  EXPECT_EQ(
      errorOf(folder.getPath(), folder),
      "tensor 'model.layers.0.self_attn.q_proj.weight' is missing; expected "
      "[8, 8]\n"
      "model.safetensors: tensor 'model.layers.0.self_attn.k_proj.weight': "
      "found shape [4, 16], expected [8, 8]\n"
      "model.safetensors: tensor 'model.layers.0.self_attn.v_proj.weight': "
      "found dtype I32, supported are F32, F16 and BF16\n"
      "tensor 'lm_head.weight' is missing; expected [16, 8]");
}

TEST(ImportErrors, ListsConfigAndFileTogether) {
  TestFolder folder;
  folder.write("config.json", config({{"hidden_act", "\"mish\""}}));
  folder.write("model.safetensors", "xx");
  EXPECT_EQ(errorOf(folder.getPath(), folder),
            "config.json: hidden_act: found \"mish\", supported are silu, "
            "swish, gelu, gelu_new, gelu_pytorch_tanh and relu\n"
            "model.safetensors: found 2 bytes, expected a SafeTensors file of "
            "at least 8");
}

TEST(ImportErrors, GenerationConfig) {
  TestFolder folder;
  writeModel(folder, tensors());
  folder.write("generation_config.json", R"({"eos_token_id": [3, 99]})");
  EXPECT_EQ(errorOf(folder.getPath(), folder),
            "generation_config.json: eos_token_id: found 99, expected a token "
            "below the vocab_size of 16");
  folder.write("generation_config.json", "3");
  EXPECT_EQ(errorOf(folder.getPath(), folder),
            "generation_config.json: found 3, expected an object");
}

TEST(ImportErrors, WarnsOfWhatIsNotUsed) {
  TestFolder folder;
  std::vector<DenseTensor> all = tensors();
  all.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq",
                 Dtype::F32,
                 {1},
                 std::vector<uint8_t>(4)});
  all.push_back({"score.weight", Dtype::F32, {1}, std::vector<uint8_t>(4)});
  writeModel(folder, all);
  folder.write("config.json", config({{"flux_capacity", "3"}}));
  mlir::MLIRContext context;
  auto model = importModel(context, folder.getPath());
  ASSERT_TRUE(bool(model)) << llvm::toString(model.takeError());
  ASSERT_EQ(model->warnings.size(), 2u);
  EXPECT_EQ(model->warnings[0], folder.join("config.json") +
                                    ": 'flux_capacity' is not known to this "
                                    "compiler and has no effect");
  EXPECT_EQ(model->warnings[1], folder.join("model.safetensors") +
                                    ": tensor 'score.weight' is not used by "
                                    "the model");
}

} // namespace
