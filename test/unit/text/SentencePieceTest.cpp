//===- SentencePieceTest.cpp - Folders with a tokenizer.model -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportFolder.h"
#include <random>

using namespace swage::test;
using nlohmann::json;
using Ids = std::vector<int32_t>;

static const std::string kData = SWAGE_TEST_DATA "/data/tokenizer/";

namespace {

TEST(SentencePiece, IdsAndText) {
  json variants = readJson(kData + "spm.json")["variants"];
  ASSERT_GE(variants.size(), 8u);
  for (const json &variant : variants) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    ImportFolder folder;
    folder.write("tokenizer.model",
                 readFile(kData + variant["model"].get<std::string>() +
                          "/tokenizer.model") +
                     llvm::fromHex(variant["append"].get<std::string>()));
    for (const auto &file : variant["files"].items())
      folder.write(file.key(), file.value());
    auto imported = importFolder(folder.path);
    ASSERT_TRUE(imported);
    const swage::Tokenizer &tokenizer = *imported->tokenizer;
    ASSERT_GT(variant["cases"].size(), 40u);
    for (const json &entry : variant["cases"]) {
      std::string text = textOf(entry);
      Ids ids = entry["ids"], whole = variant["prefix"];
      EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL), ids)
          << entry;
      Ids suffix = variant["suffix"];
      whole.insert(whole.end(), ids.begin(), ids.end());
      whole.insert(whole.end(), suffix.begin(), suffix.end());
      EXPECT_EQ(tokenizer.encode(text, SWAGE_ENCODE_PARSE_SPECIAL |
                                           SWAGE_ENCODE_ADD_SPECIAL),
                whole)
          << entry;
      Ids asText = entry.value("ids_special_as_text", ids);
      if (entry.contains("decoded")) {
        EXPECT_EQ(tokenizer.encode(text, 0), asText) << entry;
        EXPECT_EQ(streamedText(tokenizer, asText),
                  entry["decoded"].get<std::string>())
            << entry;
      }
      EXPECT_EQ(streamedText(tokenizer, whole), tokenizer.decode(whole));
    }
  }
}

/// Which file says what begins and ends a text.
TEST(SentencePiece, RolesOfTokens) {
  ImportFolder folder;
  folder.write("tokenizer.model", readFile(kData + "spm-bpe/tokenizer.model"));
  auto read = [&] {
    auto imported = importFolder(folder.path);
    const swage::Tokenizer &tokenizer = *imported->tokenizer;
    return std::pair(tokenizer.bos().value_or(-1),
                     swage_tokenizer_eos(tokenizer.get(), 0));
  };
  EXPECT_EQ(read(), std::pair(1, 2));
  folder.write("special_tokens_map.json",
               json{{"bos_token", "<ctl>"}, {"eos_token", "<s>"}});
  EXPECT_EQ(read(), std::pair(3, 1));
  folder.write("generation_config.json", json{{"eos_token_id", 3}});
  EXPECT_EQ(read(), std::pair(3, 3));
}

/// With both, tokenizer.json counts.
TEST(SentencePiece, GivesWayToTokenizerJson) {
  ImportFolder folder;
  folder.write("tokenizer.model", std::string("damaged"));
  folder.write("tokenizer.json", readFile(kData + "tokenizer.json"));
  EXPECT_TRUE(importFolder(folder.path));
}

TEST(SentencePiece, LongTextsAreNotQuadratic) {
  for (const char *kind : {"spm-bpe", "spm-unigram"}) {
    auto imported = importFolder(kData + kind);
    ASSERT_TRUE(imported);
    for (std::string unit : {"x", " ", "the Lord", "\xE2\x96\x81"}) {
      std::string text;
      while (text.size() < 1000000)
        text += unit;
      EXPECT_TRUE(imported->tokenizer->encode(text, 0));
    }
  }
}

/// A changed byte may leave a sound table; nothing is ever read outside it.
TEST(SentencePiece, DamagedTables) {
  for (const char *kind : {"spm-bpe", "spm-unigram"}) {
    auto table = swage::import::importTokenizer(kData + kind);
    ASSERT_TRUE(bool(table)) << llvm::toString(table.takeError());
    std::mt19937 random(1);
    size_t refused = 0;
    for (int round = 0; round < 2000; ++round) {
      AlignedBytes bytes((*table)->data(), (*table)->size());
      for (unsigned i = 0; i <= random() % 3; ++i)
        bytes.data()[random() % bytes.size()] = uint8_t(random());
      auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
      if (!tokenizer) {
        ++refused;
        continue;
      }
      if (auto ids = tokenizer->encode(
              "<s>the Lord -- e\xCC\x81\xCC\x81 \xEF\xAC\x81 ... <ud>x", 3))
        EXPECT_TRUE(tokenizer->decode(*ids));
    }
    EXPECT_GT(refused, 100u);
  }
}

class SentencePieceErrors : public testing::Test {
protected:
  SentencePieceErrors() : good(readFile(kData + "spm-bpe/tokenizer.model")) {}

  /// What importing `model` says, without the folder's path.
  std::string importModel(const std::string &model) const {
    folder.write("tokenizer.model", model);
    auto table = swage::import::importTokenizer(folder.path);
    if (table)
      return "no error";
    std::string message = llvm::toString(table.takeError());
    llvm::StringRef rest = message;
    EXPECT_TRUE(rest.consume_front(folder.path + "/")) << message;
    return rest.str();
  }

  /// The same with one more piece. `fields` are the bytes of its message.
  std::string importPiece(const std::string &fields) const {
    return importModel(good + "\x0A" + char(fields.size()) + fields);
  }

  /// The same with `text` in another file.
  std::string importBeside(const char *name, const char *text) const {
    folder.write(name, std::string(text));
    std::string message = importModel(good);
    folder.write(name, std::string("{}"));
    return message;
  }

  std::string at() const {
    return "tokenizer.model: byte " + std::to_string(good.size()) + ": ";
  }

  ImportFolder folder;
  std::string good;
};

TEST_F(SentencePieceErrors, Wire) {
  EXPECT_EQ(importModel(good), "no error");
  EXPECT_EQ(importModel(good + "\xFF"),
            at() + "a field's tag is cut or longer than 64 bits");
  EXPECT_EQ(importModel(good + std::string(11, '\xFF')),
            at() + "a field's tag is cut or longer than 64 bits");
  EXPECT_EQ(importModel(good + std::string("\0", 1)),
            at() + "found field number 0, want 1 to 536870911: this is no "
                   "protobuf message");
  EXPECT_EQ(importModel(good + "\x0B"),
            at() + "field 1 has wire type 3, want 0, 1, 2 or 5");
  EXPECT_EQ(importModel(good + "\x08\xFF"),
            at() + "the integer of field 1 is cut or longer than 64 bits");
  EXPECT_EQ(importModel(good + "\x0A\xFF"),
            at() + "the length of field 1 is cut or longer than 64 bits");
  EXPECT_EQ(importModel(good + "\x0A\x05xyz"),
            at() + "field 1 has 5 bytes, but only 3 are left");
  // What is not known is passed over, as protobuf wants.
  EXPECT_EQ(importModel(good + "\xF9\x07" + "12345678" + "\xFD\x07" + "1234"),
            "no error");
}

TEST_F(SentencePieceErrors, EveryTruncation) {
  // The first pieces, and specifications that say nothing.
  std::string small = good.substr(0, 100) + "\x12";
  for (size_t size = 0; size < small.size(); ++size)
    EXPECT_NE(importModel(small.substr(0, size)), "no error") << size;
  EXPECT_EQ(importModel(std::string("\x0A\x05\x0A\x01?\x18\x02\x12\0", 9)),
            "tokenizer.model: field normalizer_spec: found none: the file is "
            "cut short");
  EXPECT_EQ(importModel("\x0A\x05\x0A\x01?\x18\x02"),
            "tokenizer.model: field trainer_spec: found none: the file is cut "
            "short");
}

TEST_F(SentencePieceErrors, SurvivesDamage) {
  std::mt19937 random(1);
  size_t refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::string model = good;
    for (unsigned i = 0; i <= random() % 3; ++i)
      model[random() % model.size()] = char(random());
    refused += importModel(model) != "no error";
  }
  EXPECT_GT(refused, 20u);
}

TEST_F(SentencePieceErrors, Pieces) {
  auto next =
      "field pieces[" +
      std::to_string(
          importFolder(kData + "spm-bpe")->tokenizer->vocabularySize()) +
      "]";
  auto inside = [&](size_t offset) {
    return "tokenizer.model: byte " + std::to_string(good.size() + 2 + offset) +
           ": " + next;
  };
  EXPECT_EQ(importModel(good + "\x0D" + "1234"),
            at() + next + ": found 32 bits, want bytes");
  EXPECT_EQ(importPiece(""), at() + next + ".piece: is empty");
  EXPECT_EQ(importPiece("\x0A\x01\xFF"), at() + next + ".piece: is not UTF-8");
  EXPECT_EQ(importPiece("\x0A\x03<s>"),
            at() + next + ".piece: '<s>' is pieces[1] already");
  EXPECT_EQ(importPiece("\x08\x01"),
            inside(0) + ".piece: found an integer, want bytes");
  EXPECT_EQ(importPiece("\x12\x01x"),
            inside(0) + ".score: found bytes, want 32 bits");
  EXPECT_EQ(importPiece(std::string("\x15\0\0\xC0\x7F", 5)),
            inside(0) + ".score: is not finite");
  EXPECT_EQ(importPiece("\x0A\x02\xC3\xA9\x18\x07"),
            inside(4) +
                ".type: found 7, want 1 to 6 (normal, unknown, control, "
                "user-defined, unused, byte)");
  EXPECT_EQ(importPiece("\x0A\x02\xC3\xA9\x18\x02"),
            at() + next +
                ".piece: '\xC3\xA9' is a second unknown piece, the "
                "first is pieces[0]");
  EXPECT_EQ(importPiece("\x0A\x02\xC3\xA9\x18\x06"),
            at() + next +
                ".piece: found '\xC3\xA9' as a byte piece, want "
                "<0x00> to <0xFF>");
  EXPECT_EQ(importModel(""), "tokenizer.model: field pieces: found none: this "
                             "is no SentencePiece model");
  const std::string specifications("\x12\0\x1A\0", 4);
  EXPECT_EQ(importModel("\x0A\x03\x0A\x01x" + specifications),
            "tokenizer.model: field pieces: none is of type 2 (unknown), want "
            "one");
  const std::string unknown = "\x0A\x05\x0A\x01?\x18\x02" + specifications;
  EXPECT_EQ(importModel(unknown + "\x0A\x0A\x0A\x06<0x41>\x18\x06"),
            "tokenizer.model: field pieces[1].type: found a byte piece, but "
            "trainer_spec.byte_fallback is false");
  EXPECT_EQ(importModel(unknown + "\x12\x03\x98\x02\x01"),
            "tokenizer.model: field pieces: there is no byte piece for byte 0, "
            "but trainer_spec.byte_fallback is true");
}

TEST_F(SentencePieceErrors, Specifications) {
  auto inside = [&](const char *field) {
    return "tokenizer.model: byte " + std::to_string(good.size() + 2) +
           ": field " + field;
  };
  EXPECT_EQ(importModel(good + "\x12\x02\x18\x03"),
            inside("trainer_spec.model_type: found 3, supported are 1 "
                   "(unigram) and 2 (BPE)"));
  EXPECT_EQ(importModel(good + "\x12\x06\x18\xFF\xFF\xFF\xFF\x7F"),
            inside("trainer_spec.model_type: found 34359738367, want 32 bits"));
  EXPECT_EQ(importModel(good + "\x1A\x03\x1A\x01x"),
            inside("normalizer_spec.add_dummy_prefix: found bytes, want an "
                   "integer"));
  EXPECT_EQ(importModel(good + "\x1A\x04\x12\x02xy"),
            "tokenizer.model: field normalizer_spec.precompiled_charsmap: "
            "found 2 bytes, want at least the 4 of the trie's size");
  EXPECT_EQ(importModel(good + std::string("\x1A\x08\x12\x06\x08\0\0\0xy", 10)),
            "tokenizer.model: field normalizer_spec.precompiled_charsmap: "
            "found a trie of 8 bytes at byte 0, want a multiple of 4 up to 2, "
            "as so many bytes are left");
  EXPECT_EQ(
      importModel(good + std::string("\x1A\x0A\x12\x08\x04\0\0\0\0\0\0\0", 12)),
      "tokenizer.model: tokenizer: charsmap of normalizer step 0: unit 0 "
      "leads to unit 255, there are 1");
  EXPECT_EQ(importModel(good + "\x2A\x03\x12\x01x"),
            inside("denormalizer_spec.precompiled_charsmap: found 1 bytes, "
                   "want none: rewriting what is decoded is not supported"));
}

TEST_F(SentencePieceErrors, OtherFiles) {
  EXPECT_EQ(importBeside("tokenizer_config.json",
                         R"({"tokenizer_class": "T5Tokenizer"})"),
            "tokenizer_config.json: /tokenizer_class: found \"T5Tokenizer\", "
            "want LlamaTokenizer, CodeLlamaTokenizer or GemmaTokenizer, as "
            "there is no tokenizer.json: others change the ids of "
            "tokenizer.model");
  EXPECT_EQ(importBeside("tokenizer_config.json", R"({"legacy": 1})"),
            "tokenizer_config.json: /legacy: found 1, want true or false");
  EXPECT_EQ(importBeside("tokenizer_config.json", R"({"add_bos_token": ""})"),
            "tokenizer_config.json: /add_bos_token: found \"\", want true or "
            "false");
  EXPECT_EQ(importBeside("tokenizer_config.json", R"({"bos_token": "[B]"})"),
            "tokenizer_config.json: /bos_token: '[B]' is not a token of "
            "tokenizer.model, add it to added_tokens.json");
  EXPECT_EQ(importBeside("tokenizer_config.json",
                         R"({"added_tokens_decoder": {"x": {}}})"),
            "tokenizer_config.json: /added_tokens_decoder/x: found this key, "
            "want an id from 0 to 16777215");
  EXPECT_EQ(
      importBeside("tokenizer_config.json",
                   R"({"added_tokens_decoder": {"4": {"content": "<s>"}}})"),
      "tokenizer_config.json: /added_tokens_decoder/4: '<s>' has id 1 in "
      "tokenizer.model");
  EXPECT_EQ(importBeside("added_tokens.json", R"({"<new>": 2})"),
            "added_tokens.json: /<new>: id 2 is taken by '</s>'");
  EXPECT_EQ(importBeside("added_tokens.json", R"({"": 9999})"),
            "added_tokens.json: /: the token is empty");
  EXPECT_EQ(importBeside("added_tokens.json", R"({"<new>": "x"})"),
            "added_tokens.json: /<new>: found \"x\", want an id from 0 to "
            "16777215");
  EXPECT_EQ(importBeside("special_tokens_map.json",
                         R"({"additional_special_tokens": "<s>"})"),
            "special_tokens_map.json: /additional_special_tokens: found "
            "\"<s>\", want an array");
  EXPECT_EQ(importBeside("special_tokens_map.json",
                         R"({"additional_special_tokens": [1]})"),
            "special_tokens_map.json: /additional_special_tokens/0: found 1, "
            "want a string");
  EXPECT_EQ(importBeside("config.json", R"({"eos_token_id": 99999})")
                .find("config.json: /eos_token_id: id 99999 is outside the "
                      "vocabulary of "),
            0u);
}

TEST_F(SentencePieceErrors, UnreadableFile) {
  EXPECT_FALSE(
      llvm::sys::fs::create_directory(folder.path + "/tokenizer.model"));
  auto table = swage::import::importTokenizer(folder.path);
  ASSERT_FALSE(bool(table));
  EXPECT_EQ(llvm::toString(table.takeError()),
            folder.path + "/tokenizer.model: cannot be read: Is a directory");
}

} // namespace
