//===- ImportCasesTest.cpp - The ids of Hugging Face tokenizers -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportFolder.h"

using namespace swage::test;
using nlohmann::json;
using Ids = std::vector<int32_t>;

static const std::string kData = SWAGE_TEST_DATA "/data/";

namespace {

TEST(ImportCases, TinytextIdsAndText) {
  auto tiny = importFolder(SWAGE_TEST_DATA "/models/tinytext-6m");
  ASSERT_TRUE(tiny);
  const swage::Tokenizer &tokenizer = *tiny->tokenizer;
  json cases = readJson(kData + "tokenizer_cases.json")["cases"];
  ASSERT_GT(cases.size(), 20u);
  for (const json &entry : cases) {
    std::string text = entry["text"];
    Ids ids = entry["ids"];
    EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL), ids) << text;
    EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL |
                                         SWAGE_ENCODE_ADD_SPECIAL),
              entry["ids_with_special"].get<Ids>())
        << text;
    EXPECT_EQ(tokenizer.decode(ids), entry["decoded"].get<std::string>());
    EXPECT_EQ(tokenizer.decode(*tokenizer.encode(text, 0)), text);
  }
  EXPECT_EQ(tokenizer.vocabularySize(), 4096u);
  EXPECT_EQ(tokenizer.bos(), 0);
  EXPECT_TRUE(tokenizer.isEos(1));
  EXPECT_EQ(swage_tokenizer_eos_count(tokenizer.get()), 1u);
}

/// Files tokenizer.json, and changes to them that make those of other model
/// families.
class Variants : public testing::TestWithParam<const char *> {};
INSTANTIATE_TEST_SUITE_P(ImportCases, Variants,
                         testing::Values("cases.json", "families.json",
                                         "components.json"));

TEST_P(Variants, IdsAndText) {
  json variants = readJson(kData + "tokenizer/" + GetParam())["variants"];
  ASSERT_GT(variants.size(), 1u);
  for (const json &variant : variants) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    json base = readJson(kData + "tokenizer/" + variant.value("base", ".") +
                         "/tokenizer.json");
    json changed = base;
    for (const auto &member : variant["overrides"].items()) {
      if (member.key() == "model")
        changed["model"].merge_patch(member.value());
      else
        changed[member.key()] = member.value();
    }
    ImportFolder folder;
    folder.write("tokenizer.json", changed);
    auto imported = importFolder(folder.path);
    ASSERT_TRUE(imported);
    const swage::Tokenizer &tokenizer = *imported->tokenizer;
    for (const json &entry : variant["cases"]) {
      std::string text = textOf(entry);
      Ids ids = entry["ids"];
      EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL), ids)
          << entry;
      EXPECT_EQ(tokenizer.encode(text, 0),
                entry.value("ids_special_as_text", ids))
          << entry;
      if (!entry.contains("decoded"))
        continue;
      Ids withSpecial = entry["ids_with_special"];
      EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL |
                                           SWAGE_ENCODE_ADD_SPECIAL),
                withSpecial);
      EXPECT_EQ(streamedText(tokenizer, ids),
                entry["decoded"].get<std::string>());
      EXPECT_EQ(streamedText(tokenizer, withSpecial, SWAGE_DECODE_SKIP_SPECIAL),
                entry["decoded_without_special"].get<std::string>());
    }
  }
}

/// Templates in the manner of model families, with the texts of jinja2.
TEST(ImportCases, ChatTexts) {
  json data = readJson(kData + "tokenizer/chat.json");
  ASSERT_GT(data["cases"].size(), 150u);
  json base = readJson(kData + "tokenizer/sentencepiece/tokenizer.json");
  for (const json &entry : data["cases"]) {
    ImportFolder folder;
    folder.write("tokenizer.json", base);
    folder.write("tokenizer_config.json",
                 json{{"bos_token", "<s>"}, {"eos_token", "</s>"}});
    folder.write("chat_template.jinja",
                 readFile(kData + "tokenizer/chat/" +
                          entry["template"].get<std::string>() + ".jinja"));
    auto imported = importFolder(folder.path);
    ASSERT_TRUE(imported);
    std::vector<swage_chat_message_t> messages;
    for (const json &message : entry["messages"])
      messages.push_back({message[0].get_ref<const std::string &>().c_str(),
                          message[1].get_ref<const std::string &>().c_str()});
    swage_status_t status = {};
    auto text = imported->tokenizer->applyChat(
        messages, entry["generate"] ? SWAGE_CHAT_ADD_GENERATION_PROMPT : 0,
        &status);
    if (entry.contains("error"))
      EXPECT_TRUE(
          !text &&
          std::string(status.message).find(entry["error"].get<std::string>()) !=
              std::string::npos)
          << entry << status.message;
    else
      EXPECT_EQ(text, entry["text"].get<std::string>())
          << entry << status.message;
  }
}

TEST(ImportCases, LongPiecesAreNotQuadratic) {
  auto tiny = importFolder(SWAGE_TEST_DATA "/models/tinytext-6m");
  ASSERT_TRUE(tiny);
  // One piece of a million symbols each; quadratic merging would take minutes.
  for (char c : {'x', ' ', '-', '1'}) {
    std::string text(1000000, c);
    auto ids = tiny->tokenizer->encode(text, 0);
    ASSERT_TRUE(ids);
    EXPECT_EQ(tiny->tokenizer->decode(*ids), text);
  }
}

TEST(ImportCases, SameFilesSameBytes) {
  auto first = swage::import::importTokenizer(kData + "tokenizer");
  auto second = swage::import::importTokenizer(kData + "tokenizer");
  ASSERT_TRUE(bool(first) && bool(second));
  EXPECT_EQ(**first, **second);
}

TEST(ImportCases, FolderWithoutTokenizer) {
  ImportFolder folder;
  auto table = swage::import::importTokenizer(folder.path);
  ASSERT_TRUE(bool(table));
  EXPECT_FALSE(table->has_value());
}

TEST(ImportCases, MergesAsTextAndFilesWithoutModelType) {
  json old = readJson(kData + "tokenizer/tokenizer.json");
  old["model"].erase("type");
  old["model"]["continuing_subword_prefix"] = "";
  json merges = json::array({"#version: 0.2"});
  for (const json &merge : old["model"]["merges"])
    merges.push_back(merge[0].get<std::string>() + " " +
                     merge[1].get<std::string>());
  old["model"]["merges"] = merges;
  ImportFolder folder;
  folder.write("tokenizer.json", old);
  auto table = swage::import::importTokenizer(folder.path);
  auto same = swage::import::importTokenizer(kData + "tokenizer");
  ASSERT_TRUE(bool(table) && bool(same));
  EXPECT_EQ(**table, **same);
}

/// Which file says what begins and ends a text.
TEST(ImportCases, SpecialTokensOfTheOtherFiles) {
  ImportFolder folder;
  json base = readJson(kData + "tokenizer/tokenizer.json");
  folder.write("tokenizer.json", base);
  auto idOf = [&](const char *content) {
    for (const json &token : base["added_tokens"])
      if (token["content"] == content)
        return token["id"].get<int32_t>();
    return -1;
  };
  int32_t begin = idOf("<|begin_of_text|>"), end = idOf("<|end_of_text|>");
  int32_t turn = idOf("<|eot_id|>");
  auto read = [&](const char *name, const json &content) {
    folder.write(name, content);
    auto imported = importFolder(folder.path);
    const swage::Tokenizer &tokenizer = *imported->tokenizer;
    Ids eos;
    for (size_t i = 0; i < swage_tokenizer_eos_count(tokenizer.get()); ++i)
      eos.push_back(swage_tokenizer_eos(tokenizer.get(), i));
    return std::pair(tokenizer.bos().value_or(-1), eos);
  };
  EXPECT_EQ(read("config.json", json::object()), std::pair(-1, Ids{}));
  EXPECT_EQ(read("special_tokens_map.json",
                 {{"bos_token", "<|eot_id|>"},
                  {"eos_token", {{"content", "<|end_of_text|>"}}}}),
            std::pair(turn, Ids{end}));
  EXPECT_EQ(read("tokenizer_config.json",
                 {{"bos_token", "<|begin_of_text|>"}, {"eos_token", nullptr}}),
            std::pair(begin, Ids{end}));
  EXPECT_EQ(
      read("config.json", {{"bos_token_id", end}, {"eos_token_id", turn}}),
      std::pair(begin, Ids{turn}));
  EXPECT_EQ(read("generation_config.json", {{"eos_token_id", {end, turn}}}),
            std::pair(begin, Ids{end, turn}));
}

TEST(ImportCases, RolesAndOverridesMakeTokensSpecial) {
  ImportFolder folder;
  json base = readJson(kData + "tokenizer/tokenizer.json");
  folder.write("tokenizer.json", base);
  int32_t plain = base["model"]["vocab"]["Ġzyx"];
  int32_t strip = base["added_tokens"][5]["id"];
  ASSERT_EQ(base["added_tokens"][5]["content"], "<strip>");
  folder.write("tokenizer_config.json",
               json{{"pad_token", "Ġzyx"},
                    {"sep_token", "[absent]"},
                    {"added_tokens_decoder",
                     {{std::to_string(strip),
                       {{"content", "<strip>"}, {"special", true}}}}}});
  auto imported = importFolder(folder.path);
  ASSERT_TRUE(imported);
  EXPECT_TRUE(imported->tokenizer->isSpecial(plain));
  EXPECT_TRUE(imported->tokenizer->isSpecial(strip));
  EXPECT_EQ(imported->tokenizer->encode("Ġzyx", SWAGE_ENCODE_PARSE_SPECIAL),
            Ids{plain});
}

TEST(ImportCases, ChatTemplate) {
  ImportFolder folder;
  folder.write("tokenizer.json", readFile(kData + "tokenizer/tokenizer.json"));
  auto read = [&] {
    auto imported = importFolder(folder.path);
    const char *text = imported->tokenizer->chatTemplate();
    return text ? std::string(text) : std::string("none");
  };
  EXPECT_EQ(read(), "none");
  folder.write("chat_template.json", json{{"chat_template", "{{ old }}"}});
  EXPECT_EQ(read(), "{{ old }}");
  folder.write("tokenizer_config.json", json{{"chat_template", "{{ one }}"}});
  EXPECT_EQ(read(), "{{ one }}");
  folder.write("tokenizer_config.json",
               json{{"chat_template",
                     {{{"name", "tool"}, {"template", "{{ tool }}"}},
                      {{"name", "default"}, {"template", "{{ default }}"}}}}});
  EXPECT_EQ(read(), "{{ default }}");
  folder.write("chat_template.jinja", std::string("{{ file }}"));
  EXPECT_EQ(read(), "{{ file }}");
}

} // namespace
