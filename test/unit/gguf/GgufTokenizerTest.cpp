//===- GgufTokenizerTest.cpp - Tokenizers in GGUF metadata ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizer.h"
#include "swage/text.hpp"
#include "test/unit/gguf/GgufBytes.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace swage;
using namespace swage::import;
using namespace swage::test;
using nlohmann::json;

namespace {

json readData(const char *path) {
  auto buffer =
      llvm::MemoryBuffer::getFile(std::string(SWAGE_TEST_DATA "/") + path);
  EXPECT_TRUE(bool(buffer)) << path;
  return json::parse((*buffer)->getBuffer().str());
}

llvm::Expected<std::optional<std::vector<uint8_t>>>
import(const std::string &bytes) {
  llvm::SmallString<128> path;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("swage", "gguf", path));
  {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
  }
  auto table = importGgufTokenizer(path);
  llvm::sys::fs::remove(path);
  return table;
}

/// What llama.cpp's converter writes of a tokenizer.json.
std::string convert(const json &tokenizer) {
  const json &model = tokenizer["model"];
  std::vector<std::string> tokens(model["vocab"].size());
  for (const auto &[token, id] : model["vocab"].items())
    tokens[id.get<size_t>()] = token;
  std::vector<int32_t> types(tokens.size(), 1);
  for (const json &added : tokenizer["added_tokens"])
    types[added["id"].get<size_t>()] = added["special"] == true ? 3 : 4;
  std::vector<std::string> merges;
  for (const json &merge : model["merges"])
    merges.push_back(merge.is_string() ? merge.get<std::string>()
                                       : merge[0].get<std::string>() + " " +
                                             merge[1].get<std::string>());
  GgufBytes file;
  file.start(0, 8).text("tokenizer.ggml.model", "gpt2");
  file.text("tokenizer.ggml.pre", "gpt-2");
  file.strings("tokenizer.ggml.tokens", tokens);
  file.array("tokenizer.ggml.token_type", 5, types.size());
  for (int32_t type : types)
    file.number(type);
  file.strings("tokenizer.ggml.merges", merges);
  file.u32("tokenizer.ggml.bos_token_id", 0);
  file.u32("tokenizer.ggml.eos_token_id", 1);
  file.key("tokenizer.ggml.add_bos_token", 7).number<uint8_t>(1);
  return file.bytes;
}

TEST(GgufTokenizer, GivesTheIdsOfHuggingFace) {
  auto table = import(convert(readData("models/tinytext-6m/tokenizer.json")));
  ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
  ASSERT_TRUE(table->has_value());
  swage_status_t status;
  auto tokenizer =
      Tokenizer::create((*table)->data(), (*table)->size(), &status);
  ASSERT_TRUE(tokenizer) << status.message;
  json cases = readData("data/tokenizer_cases.json");
  ASSERT_GT(cases["cases"].size(), 10u);
  for (const json &test : cases["cases"]) {
    std::string text = test["text"];
    for (auto [key, flags] :
         {std::pair("ids", uint32_t(SWAGE_ENCODE_PARSE_SPECIAL)),
          std::pair("ids_with_special", uint32_t(SWAGE_ENCODE_PARSE_SPECIAL |
                                                 SWAGE_ENCODE_ADD_SPECIAL))}) {
      auto ids = tokenizer->encode(text, flags);
      ASSERT_TRUE(ids) << text;
      EXPECT_EQ(json(*ids), test[key]) << text;
    }
  }
}

std::string messageFor(const GgufBytes &file) {
  auto table = import(file.bytes);
  return table ? "no error" : llvm::toString(table.takeError());
}

TEST(GgufTokenizer, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(
      messageFor(GgufBytes().start(0, 1).text("tokenizer.ggml.model", "rwkv"))
          .find("metadata key 'tokenizer.ggml.model': found \"rwkv\""),
      std::string::npos);
  GgufBytes unknown;
  unknown.start(0, 2).text("tokenizer.ggml.model", "gpt2");
  unknown.text("tokenizer.ggml.pre", "mystery");
  EXPECT_NE(messageFor(unknown).find("metadata key 'tokenizer.ggml.pre': found "
                                     "\"mystery\", supported are gpt-2"),
            std::string::npos);
  GgufBytes merge;
  merge.start(0, 4).text("tokenizer.ggml.model", "gpt2");
  merge.text("tokenizer.ggml.pre", "qwen2");
  merge.strings("tokenizer.ggml.tokens", {"a", "b"});
  merge.strings("tokenizer.ggml.merges", {"a b"});
  EXPECT_NE(messageFor(merge).find("merge 0, \"a b\", is not of two tokens "
                                   "that make a third"),
            std::string::npos);
}

TEST(GgufTokenizer, MayBeAbsent) {
  auto table = import(GgufBytes().start(0, 0).bytes);
  ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
  EXPECT_FALSE(table->has_value());
}

} // namespace
