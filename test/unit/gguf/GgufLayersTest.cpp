//===- GgufLayersTest.cpp - Layers that differ in their sizes ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/Gguf.h"
#include "test/unit/gguf/GgufBytes.h"
#include "llvm/Support/FileSystem.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace swage;
using namespace swage::import;
using namespace swage::test;
using nlohmann::json;

namespace {

constexpr uint64_t kColumns = 2;

/// A Llama of two layers, whose sizes are stated for each.
struct LayeredFile {
  std::vector<uint32_t> heads = {2, 4}, kvHeads = {1, 4}, widths = {32, 64};
  std::string last = "blk.1.attn_q.weight";

  std::unique_ptr<GgufFile> open() const {
    GgufBytes file;
    file.start(3, 7).text("general.architecture", "llama");
    file.u32("llama.embedding_length", kColumns);
    file.u32("llama.block_count", 2).u32("llama.context_length", 64);
    array(file, "llama.attention.head_count", heads);
    array(file, "llama.attention.head_count_kv", kvHeads);
    array(file, "llama.feed_forward_length", widths);
    file.tensor("token_embd.weight", {kColumns, 8}, 0, 0);
    // 16 rows each: 2 heads of 8 channels, and 4 of 4.
    file.tensor("blk.0.attn_q.weight", {kColumns, 16}, 0, 64);
    file.tensor(last, {kColumns, 16}, 0, 192).pad();
    for (int i = 0; i < 8 + 2 * 16; ++i)
      for (uint64_t c = 0; c < kColumns; ++c)
        file.number(i < 8 ? 0.0f : float((i - 8) % 16));
    llvm::SmallString<128> path;
    EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("swage", "gguf", path));
    {
      std::error_code error;
      llvm::raw_fd_ostream(path, error) << file.bytes;
      EXPECT_FALSE(error);
    }
    auto opened = GgufFile::open(path);
    llvm::sys::fs::remove(path);
    EXPECT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
    return opened ? std::move(*opened) : nullptr;
  }

  static void array(GgufBytes &file, const std::string &key,
                    const std::vector<uint32_t> &values) {
    file.array(key, 4, values.size());
    for (uint32_t value : values)
      file.number(value);
  }
};

TEST(GgufLayers, ConfigHasWhatDiffers) {
  Problems problems;
  json config = readGgufConfig(*LayeredFile().open(), problems);
  EXPECT_FALSE(problems.hasErrors()) << llvm::toString(problems.takeErrors());
  EXPECT_EQ(config["num_attention_heads"], 2);
  EXPECT_EQ(config["num_key_value_heads"], 1);
  EXPECT_EQ(config["intermediate_size"], 32);
  EXPECT_EQ(config["per_layer_config"],
            json::parse(R"({"1": {"num_attention_heads": 4,
                                  "num_key_value_heads": 4,
                                  "intermediate_size": 64}})"));
}

TEST(GgufLayers, EqualOnesAreSaidOnce) {
  Problems problems;
  LayeredFile file;
  file.heads = file.kvHeads = {2, 2}, file.widths = {32, 32};
  json config = readGgufConfig(*file.open(), problems);
  EXPECT_FALSE(config.contains("per_layer_config"));
  EXPECT_EQ(config["num_key_value_heads"], 2);
}

TEST(GgufLayers, RowsAreThoseOfTheLayersHeads) {
  Problems problems;
  auto source = openGgufTensors(LayeredFile().open(), problems);
  ASSERT_FALSE(problems.hasErrors()) << llvm::toString(problems.takeErrors());
  for (auto [layer, heads] : {std::pair(0, 2), std::pair(1, 4)}) {
    const weights::TensorInfo *tensor = source->find(
        "model.layers." + std::to_string(layer) + ".self_attn.q_proj.weight");
    ASSERT_TRUE(tensor);
    llvm::SmallVector<uint8_t> scratch;
    const uint8_t *bytes =
        source->read(*tensor, 0, tensor->getNumElements(), scratch);
    int channels = 16 / heads;
    for (int row = 0; row < 16; ++row) {
      // Channel c of a head's first half is stored as its channel 2c.
      int head = row / channels, c = row % channels;
      int stored = head * channels +
                   (c < channels / 2 ? 2 * c : 2 * (c - channels / 2) + 1);
      float value;
      std::memcpy(&value, bytes + row * kColumns * sizeof(float),
                  sizeof(float));
      EXPECT_EQ(value, float(stored)) << "layer " << layer << " row " << row;
    }
  }
}

TEST(GgufLayers, ScalesOfWholeTensorsAreErrors) {
  Problems problems;
  LayeredFile file;
  file.last = "blk.1.attn_q.scale";
  openGgufTensors(file.open(), problems);
  EXPECT_NE(llvm::toString(problems.takeErrors())
                .find("tensor 'blk.1.attn_q.scale': a scale of a whole tensor "
                      "is not supported"),
            std::string::npos);
}

TEST(GgufLayers, ThereIsOneSizeForEachLayer) {
  Problems problems;
  LayeredFile file;
  file.widths = {32, 64, 32};
  readGgufConfig(*file.open(), problems);
  EXPECT_NE(llvm::toString(problems.takeErrors())
                .find("metadata key 'llama.feed_forward_length': found an "
                      "array of 3, expected 2 integers from 0 to 2147483647, "
                      "one for each layer"),
            std::string::npos);
}

} // namespace
