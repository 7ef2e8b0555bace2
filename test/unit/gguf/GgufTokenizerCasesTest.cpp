//===- GgufTokenizerCasesTest.cpp - The ids of llama.cpp -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizer.h"
#include "test/unit/gguf/GgufBytes.h"
#include "test/unit/text/ImportFolder.h"
#include "llvm/Support/Base64.h"

using namespace swage::test;
using nlohmann::json;
using Ids = std::vector<int32_t>;

namespace {

/// A file with this metadata below "tokenizer.ggml.". Arrays of numbers hold
/// scores if one is no integer.
std::string fileOf(const json &metadata) {
  GgufBytes file;
  file.start(0, metadata.size());
  for (const auto &[name, value] : metadata.items()) {
    std::string key = "tokenizer.ggml." + name;
    if (value.is_string()) {
      file.text(key, value);
    } else if (value.is_boolean()) {
      file.key(key, 7).number(uint8_t(value.get<bool>()));
    } else if (value.is_number()) {
      file.u32(key, value);
    } else if (value.is_object()) {
      std::vector<char> bytes;
      EXPECT_FALSE(bool(llvm::decodeBase64(
          value["base64"].get_ref<const std::string &>(), bytes)));
      file.array(key, 0, bytes.size());
      file.bytes.append(bytes.data(), bytes.size());
    } else if (value.empty() || value[0].is_string()) {
      file.strings(key, value);
    } else {
      bool isReal = value[0].is_number_float();
      file.array(key, isReal ? 6 : 5, value.size());
      for (const json &number : value)
        isReal ? file.number(number.get<float>())
               : file.number(number.get<int32_t>());
    }
  }
  return file.bytes;
}

llvm::Expected<std::optional<std::vector<uint8_t>>>
importMetadata(const json &metadata) {
  ImportFolder folder;
  folder.write("vocabulary.gguf", fileOf(metadata));
  return swage::import::importGgufTokenizer(folder.path + "/vocabulary.gguf");
}

const json &data() {
  static const json read =
      readJson(SWAGE_TEST_DATA "/data/tokenizer/gguf.json");
  return read;
}

TEST(GgufTokenizerCases, IdsOfLlamaCpp) {
  ASSERT_GE(data()["variants"].size(), 18u);
  for (const json &variant : data()["variants"]) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    json metadata = data()["vocabularies"][variant["vocabulary"]];
    metadata.merge_patch(variant["metadata"]);
    auto table = importMetadata(metadata);
    ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
    ASSERT_TRUE(table->has_value());
    AlignedBytes bytes((*table)->data(), (*table)->size());
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    ASSERT_TRUE(tokenizer);
    ASSERT_GT(variant["cases"].size(), 40u);
    for (const json &entry : variant["cases"]) {
      std::string text = textOf(entry);
      Ids ids = entry["ids"], whole = variant["prefix"];
      Ids suffix = variant["suffix"];
      EXPECT_EQ(tokenizer->encode(text, SWAGE_ENCODE_PARSE_SPECIAL), ids)
          << entry;
      EXPECT_EQ(tokenizer->encode(text, 0),
                entry.value("ids_special_as_text", ids))
          << entry;
      whole.insert(whole.end(), ids.begin(), ids.end());
      whole.insert(whole.end(), suffix.begin(), suffix.end());
      EXPECT_EQ(tokenizer->encode(text, SWAGE_ENCODE_PARSE_SPECIAL |
                                            SWAGE_ENCODE_ADD_SPECIAL),
                whole)
          << entry;
      EXPECT_EQ(streamedText(*tokenizer, whole), tokenizer->decode(whole));
    }
  }
}

/// What comes back from ids is the text, where the vocabulary has all of it.
TEST(GgufTokenizerCases, TextOfIds) {
  for (auto [name, text] :
       {std::pair("llama", "  And he went\n\xF0\x9F\xA6\x99 said  "),
        std::pair("bert", "and the lord said unto moses, go!"),
        std::pair("t5", "and the men said")}) {
    auto table = importMetadata(data()["vocabularies"][name]);
    ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
    AlignedBytes bytes((*table)->data(), (*table)->size());
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(streamedText(*tokenizer, *tokenizer->encode(text, 0)), text);
  }
}

TEST(GgufTokenizerCases, NamesOfTokensForTheChatTemplate) {
  json metadata = data()["vocabularies"]["bert"];
  GgufBytes file;
  file.bytes = fileOf(metadata);
  // One more key, of another kind of name.
  file.text("tokenizer.chat_template",
            "{{ bos_token }}{{ sep_token }}{{ mask_token }}");
  uint64_t count = metadata.size() + 1;
  std::memcpy(file.bytes.data() + 16, &count, sizeof(count));
  ImportFolder folder;
  folder.write("vocabulary.gguf", file.bytes);
  auto table =
      swage::import::importGgufTokenizer(folder.path + "/vocabulary.gguf");
  ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
  AlignedBytes bytes((*table)->data(), (*table)->size());
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->applyChat({}), "[CLS][SEP][MASK]");
}

/// What importing a vocabulary, changed as `patch` says, fails with.
std::string messageFor(const char *vocabulary, const char *patch) {
  json metadata = data()["vocabularies"][vocabulary];
  metadata.merge_patch(json::parse(patch));
  auto table = importMetadata(metadata);
  if (table)
    return "no error";
  std::string message = llvm::toString(table.takeError());
  llvm::StringRef rest = message;
  rest = rest.substr(rest.find(": ") + 2);
  EXPECT_TRUE(rest.consume_front("metadata key 'tokenizer.ggml.")) << message;
  return rest.str();
}

TEST(GgufTokenizerCases, NamesWhatIsWrong) {
  EXPECT_EQ(messageFor("llama", R"({"model": "rwkv"})"),
            "model': found \"rwkv\", supported are gpt2, llama, t5, bert and "
            "none; compile the model from its folder instead");
  EXPECT_EQ(messageFor("llama", R"({"tokens": null})"),
            "tokens': found nothing, expected an array");
  EXPECT_EQ(messageFor("llama", R"({"tokens": []})"),
            "tokens': found 0 tokens, expected 1 to 16777215");
  EXPECT_EQ(messageFor("bert", R"({"token_type": [1, 2]})"),
            "token_type': found 2 types, expected one for each of the 420 "
            "tokens");
  EXPECT_EQ(messageFor("llama", R"({"scores": [0.5]})")
                .find("scores': found 1 scores, expected one for each of the "),
            0u);
  EXPECT_EQ(messageFor("llama", R"({"tokens": ["a", "b"], "scores": null,
                                    "token_type": null})")
                .find("tokens': there is no '<0x00>', expected one for each "
                      "byte\n"),
            0u);
  EXPECT_EQ(messageFor("llama", R"({"tokens": ["a", "a"], "scores": null,
                                    "token_type": null})")
                .find("tokens': \"a\" occurs twice"),
            0u);
  EXPECT_EQ(messageFor("llama", R"({"eos_token_id": 99999})")
                .find("eos_token_id': found 99999, expected a token below "),
            0u);
  EXPECT_EQ(messageFor("bert", R"({"bos_token_id": null, "cls_token_id": null,
      "seperator_token_id": null, "unknown_token_id": null, "mask_token_id":
      null, "tokens": ["a"], "token_type": null})")
                .find("bos_token_id': found no token, expected one to put "
                      "around texts"),
            0u);
  EXPECT_EQ(messageFor("t5", R"({"precompiled_charsmap": {"base64": "eHk="}})"),
            "precompiled_charsmap': found 2 bytes, want at least the 4 of the "
            "trie's size");
  EXPECT_EQ(messageFor("t5", R"({"precompiled_charsmap": [300]})"),
            "precompiled_charsmap': found 300, expected bytes");
  EXPECT_EQ(messageFor("t5", R"({"add_space_prefix": "yes"})"),
            "add_space_prefix': found \"yes\", expected a bool");
  EXPECT_EQ(messageFor("gpt2", R"({"pre": "mystery"})")
                .find("pre': found \"mystery\", supported are gpt-2, "),
            0u);
  EXPECT_EQ(messageFor("gpt2", R"({})").find("pre': found nothing, supported"),
            0u);
}

TEST(GgufTokenizerCases, WhatEndsAnAnswer) {
  json metadata = data()["vocabularies"]["gpt2"];
  metadata["pre"] = "qwen2";
  metadata["token_type"] = nullptr;
  auto rename = [&](size_t id, const char *name) {
    metadata["tokens"][id] = name;
  };
  size_t size = metadata["tokens"].size();
  for (const char *name : {"<|end|>", "<|call|>", "<|file_sep|>"})
    metadata["tokens"].push_back(name);
  auto read = [&] {
    json patched = json::object();
    patched.merge_patch(metadata);
    auto table = importMetadata(patched);
    EXPECT_TRUE(bool(table)) << llvm::toString(table.takeError());
    AlignedBytes bytes((*table)->data(), (*table)->size());
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    std::vector<size_t> ends;
    for (size_t i = 0; i < swage_tokenizer_eos_count(tokenizer->get()); ++i)
      ends.push_back(size_t(swage_tokenizer_eos(tokenizer->get(), i)));
    return ends;
  };
  size_t eos = metadata["eos_token_id"];
  size_t turn = 705;
  ASSERT_EQ(metadata["tokens"][turn], "<|eot_id|>");
  EXPECT_EQ(read(), (std::vector{eos, turn, size, size + 1, size + 2}));
  // An answer of several parts does not end with each.
  metadata["tokens"].push_back("<|return|>");
  EXPECT_EQ(read(), (std::vector{eos, turn, size + 1, size + 2, size + 3}));
  // A key goes before names.
  metadata["fim_sep_token_id"] = 3;
  EXPECT_EQ(read(), (std::vector{eos, size_t(3), turn, size + 1, size + 3}));
  rename(turn, "<turn>");
  EXPECT_EQ(read(), (std::vector{eos, size_t(3), size + 1, size + 3}));
}

/// Ids that llama.cpp takes where a file names none.
TEST(GgufTokenizerCases, Defaults) {
  EXPECT_EQ(messageFor("llama", R"({"bos_token_id": null, "eos_token_id": null,
                                    "unknown_token_id": null})"),
            "no error");
  EXPECT_EQ(messageFor("bert", R"({"bos_token_id": null, "cls_token_id": null,
                                   "seperator_token_id": null})"),
            "no error");
}

} // namespace
