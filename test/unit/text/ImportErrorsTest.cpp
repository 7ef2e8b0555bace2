//===- ImportErrorsTest.cpp - What a tokenizer folder may get wrong -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportFolder.h"
#include "llvm/ADT/StringRef.h"

using namespace swage::test;
using nlohmann::json;

namespace {

class ImportErrors : public testing::Test {
protected:
  ImportErrors()
      : good(json::parse(R"({
          "added_tokens": [{"id": 3, "content": "<s>", "special": true}],
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
          "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>"}},
                       {"Sequence": {"id": "A"}}],
            "special_tokens": {"<s>": {"ids": [3]}}},
          "decoder": {"type": "ByteLevel"},
          "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2},
                    "merges": [["a", "b"]]}})",
                         nullptr, false)) {}

  /// What importing the folder says, without the folder's path.
  std::string import() const {
    auto table = swage::import::importTokenizer(folder.path);
    if (table)
      return "no error";
    std::string message = llvm::toString(table.takeError());
    llvm::StringRef rest = message;
    EXPECT_TRUE(rest.consume_front(folder.path + "/")) << message;
    return rest.str();
  }

  /// The same with `patch` merged into a sound tokenizer.json.
  std::string importWith(const char *patch) const {
    json changed = good;
    json change = json::parse(patch, nullptr, false);
    EXPECT_FALSE(change.is_discarded()) << patch;
    changed.merge_patch(change);
    folder.write("tokenizer.json", changed);
    return import();
  }

  /// The same with a sound tokenizer.json and `text` in another file.
  std::string importBeside(const char *name, const char *text) const {
    folder.write("tokenizer.json", good);
    folder.write(name, std::string(text));
    std::string message = import();
    folder.write(name, std::string("{}"));
    return message;
  }

  ImportFolder folder;
  json good;
};

TEST_F(ImportErrors, SoundFile) { EXPECT_EQ(importWith("{}"), "no error"); }

TEST_F(ImportErrors, Json) {
  folder.write("tokenizer.json", std::string("{\n \"model\": }"));
  EXPECT_EQ(
      import().find(
          "tokenizer.json: invalid JSON: parse error at line 2, column 11"),
      0u)
      << import();
  folder.write("tokenizer.json", std::string("[]"));
  EXPECT_EQ(import(), "tokenizer.json: found an array of 0, want an object");
  folder.write("tokenizer.json", std::string("{}"));
  EXPECT_EQ(import(), "tokenizer.json: /model: found nothing, want an object");
}

TEST_F(ImportErrors, NestedOrRepeated) {
  // A pre-tokenizer in a pre-tokenizer in ... is read one in the other.
  std::string deep = R"({"pre_tokenizer": )";
  for (int i = 0; i < 100000; ++i)
    deep += R"({"type": "Sequence", "pretokenizers": [)";
  folder.write("tokenizer.json", deep);
  EXPECT_EQ(import(), "tokenizer.json: invalid JSON: values are nested more "
                      "than 64 deep");
  folder.write("tokenizer.json",
               std::string(R"({"version": "1.0", "version": "2.0"})"));
  EXPECT_EQ(import(), "tokenizer.json: invalid JSON: key 'version' occurs "
                      "twice in one object");
}

TEST_F(ImportErrors, UnreadableFile) {
  EXPECT_FALSE(
      llvm::sys::fs::create_directory(folder.path + "/tokenizer.json"));
  EXPECT_EQ(import(), "tokenizer.json: Is a directory");
}

TEST_F(ImportErrors, TopLevel) {
  EXPECT_EQ(importWith(R"({"version": "2.0"})"),
            "tokenizer.json: /version: found \"2.0\", want \"1.0\"");
  EXPECT_EQ(importWith(R"({"stemmer": {}})"),
            "tokenizer.json: /stemmer: not supported, known here are version, "
            "truncation, padding, added_tokens, normalizer, pre_tokenizer, "
            "post_processor, decoder, model");
}

TEST_F(ImportErrors, Model) {
  EXPECT_EQ(importWith(R"({"model": {"type": "Unigram"}})"),
            "tokenizer.json: /model/type: found \"Unigram\", supported: "
            "BPE, as the pre-tokenizer is ByteLevel");
  EXPECT_EQ(importWith(R"({"model": {"type": null, "merges": null}})"),
            "tokenizer.json: /model/type: found nothing, supported: BPE, as "
            "the pre-tokenizer is ByteLevel");
  EXPECT_EQ(importWith(R"({"model": {"byte_fallback": true}})"),
            "tokenizer.json: /model/byte_fallback: found true, want null: this "
            "option is not supported");
  EXPECT_EQ(importWith(R"({"model": {"dropout": 0.5}})"),
            "tokenizer.json: /model/dropout: found 0.5, want null: this option "
            "is not supported");
  EXPECT_EQ(importWith(R"({"model": {"end_of_word_suffix": "</w>"}})"),
            "tokenizer.json: /model/end_of_word_suffix: found \"</w>\", want "
            "null: this option is not supported");
  EXPECT_EQ(importWith(R"({"model": {"fuse_unk": 1}})"),
            "tokenizer.json: /model/fuse_unk: found 1, want true or false");
  EXPECT_EQ(importWith(R"({"model": {"unk_token": "<unk>"}})"),
            "tokenizer.json: /model/unk_token: '<unk>' is not in the "
            "vocabulary");
  EXPECT_EQ(importWith(R"({"model": {"window": 3}})")
                .find("tokenizer.json: /model/window: not supported, known"),
            0u);
}

TEST_F(ImportErrors, Vocabulary) {
  EXPECT_EQ(importWith(R"({"model": {"vocab": {"c": -1}}})"),
            "tokenizer.json: /model/vocab/c: found -1, want an id from 0 to "
            "16777215");
  EXPECT_EQ(importWith(R"({"model": {"vocab": {"c": 16777216}}})"),
            "tokenizer.json: /model/vocab/c: found 16777216, want an id from 0 "
            "to 16777215");
  EXPECT_EQ(importWith(R"({"model": {"vocab": {"c": 1}}})"),
            "tokenizer.json: /model/vocab/c: id 1 is taken by 'b'");
  EXPECT_EQ(
      importWith(R"({"model": {"vocab": {"a": null, "b": null, "ab": null}}})"),
      "tokenizer.json: /model/vocab: has no tokens");
  EXPECT_EQ(importWith(R"({"model": {"vocab": [1]}})"),
            "tokenizer.json: /model/vocab: found an array of 1, want an "
            "object");
}

TEST_F(ImportErrors, Merges) {
  EXPECT_EQ(importWith(R"({"model": {"merges": [["a", "b"], ["a", "c"]]}})"),
            "tokenizer.json: /model/merges/1: 'c' is not in the vocabulary");
  EXPECT_EQ(importWith(R"({"model": {"merges": [["b", "a"]]}})"),
            "tokenizer.json: /model/merges/0: 'ba' is not in the vocabulary");
  EXPECT_EQ(importWith(R"({"model": {"merges": ["a"]}})"),
            "tokenizer.json: /model/merges/0: found \"a\", want two tokens, as "
            "an array or with a space between");
  EXPECT_EQ(importWith(R"({"model": {"merges": [["a", 1]]}})"),
            "tokenizer.json: /model/merges/0/1: found 1, want a string");
  EXPECT_EQ(importWith(R"({"model": {"merges": 3}})"),
            "tokenizer.json: /model/merges: found 3, want an array");
}

TEST_F(ImportErrors, AddedTokens) {
  EXPECT_EQ(importWith(R"({"added_tokens": [{"id": 1, "content": "x"}]})"),
            "tokenizer.json: /added_tokens/0/id: id 1 is taken by 'b'");
  EXPECT_EQ(importWith(R"({"added_tokens": [{"id": 5, "content": "b"}]})"),
            "tokenizer.json: /added_tokens/0/id: found 5, but 'b' has id 1 in "
            "/model/vocab");
  EXPECT_EQ(importWith(R"({"added_tokens": [{"id": 5, "content": ""}]})"),
            "tokenizer.json: /added_tokens/0/content: is empty");
  EXPECT_EQ(importWith(R"({"added_tokens": [{"id": 5, "content": "x"},
                                            {"id": 6, "content": "x"}]})"),
            "tokenizer.json: /added_tokens/1/content: 'x' occurs twice");
  EXPECT_EQ(importWith(R"({"added_tokens": [{"id": 5, "content": "x"},
                                            {"id": 5, "content": "y"}]})"),
            "tokenizer.json: /added_tokens/1/id: id 5 is taken by 'x'");
  EXPECT_EQ(importWith(R"({"added_tokens": [{"content": "x"}]})"),
            "tokenizer.json: /added_tokens/0/id: found nothing, want an id "
            "from 0 to 16777215");
}

TEST_F(ImportErrors, Normalizer) {
  EXPECT_EQ(importWith(R"({"normalizer": {"type": "NFC"}})"), "no error");
  EXPECT_EQ(importWith(R"({"normalizer": {"type": "Sequence", "normalizers":
                           [{"type": "NFC"}, {"type": "Nmt"}]}})"),
            "tokenizer.json: /normalizer/normalizers/1/type: found "
            "\"Nmt\", supported: null, Prepend, Replace, NFC, NFD, "
            "NFKC, NFKD, Lowercase, StripAccents, Strip, BertNormalizer, "
            "Precompiled, and a Sequence of these");
  EXPECT_EQ(importWith(R"({"normalizer": {"type": "Prepend"}})"),
            "tokenizer.json: /normalizer/prepend: found nothing, want a "
            "string");
  EXPECT_EQ(importWith(R"({"normalizer": {"type": "NFC", "x": 1}})"),
            "tokenizer.json: /normalizer/x: not supported, known here are "
            "type");
  EXPECT_EQ(
      importWith(R"({"normalizer": {"type": "Sequence", "normalizers": []}})"),
      "no error");
}

TEST_F(ImportErrors, Precompiled) {
  auto withCharsmap = [&](const char *charsmap) {
    return importWith((std::string(R"({"normalizer": {"type": "Precompiled",
                         "precompiled_charsmap": )") +
                       charsmap + "}}")
                          .c_str());
  };
  const std::string at = "tokenizer.json: /normalizer/precompiled_charsmap: ";
  EXPECT_EQ(withCharsmap("null"), at + "found nothing, want a string");
  EXPECT_EQ(withCharsmap("\"?\"").find(at), 0u) << withCharsmap("\"?\"");
  EXPECT_EQ(withCharsmap("\"\""), at + "found 0 bytes, want at least the 4 of "
                                       "the trie's size");
  EXPECT_EQ(withCharsmap("\"AwAAAAAAAAA=\""),
            at + "found a trie of 3 bytes at byte 0, want a multiple of 4 up "
                 "to 4, as so many bytes are left");
  EXPECT_EQ(withCharsmap("\"BAAAAAAAAAA=\""),
            "tokenizer.json: tokenizer: charsmap of normalizer step 0: unit 0 "
            "leads to unit 255, there are 1");
}

TEST_F(ImportErrors, PreTokenizer) {
  const std::string supported =
      "supported: null, ByteLevel once and no Metaspace behind it, Metaspace, "
      "Split, Digits, Whitespace, WhitespaceSplit, Punctuation, "
      "BertPreTokenizer, and a Sequence of these";
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "CharDelimiterSplit"}})"),
            "tokenizer.json: /pre_tokenizer/type: found "
            "\"CharDelimiterSplit\", " +
                supported);
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "Metaspace",
              "add_prefix_space": null}})"),
            "tokenizer.json: /pre_tokenizer/replacement: found nothing, want a "
            "string");
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "Metaspace",
              "replacement": "_", "prepend_scheme": "last",
              "add_prefix_space": null}})"),
            "tokenizer.json: /pre_tokenizer/prepend_scheme: found \"last\", "
            "want always, first or never");
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "Metaspace",
              "replacement": "_", "prepend_scheme": "first"}})"),
            "tokenizer.json: /pre_tokenizer/prepend_scheme: found \"first\", "
            "want never, as add_prefix_space is false");
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "Sequence",
              "add_prefix_space": null,
              "pretokenizers": [{"type": "UnicodeScripts"},
                                {"type": "ByteLevel"}]}})"),
            "tokenizer.json: /pre_tokenizer/pretokenizers/0/type: found "
            "\"UnicodeScripts\", " +
                supported);
  EXPECT_EQ(importWith(R"({"pre_tokenizer": {"type": "Sequence",
              "add_prefix_space": null,
              "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}})"),
            "no error");
  for (const char *type : {"ByteLevel", "Metaspace"})
    EXPECT_EQ(importWith((std::string(R"({"pre_tokenizer": {"type": "Sequence",
                "add_prefix_space": null,
                "pretokenizers": [{"type": "ByteLevel"}, {"type": ")") +
                          type + R"("}]}})")
                             .c_str()),
              "tokenizer.json: /pre_tokenizer/pretokenizers/1/type: found \"" +
                  std::string(type) + "\", " + supported);
}

TEST_F(ImportErrors, Split) {
  auto withSplit = [&](const char *split) {
    return importWith((std::string(R"({"pre_tokenizer": {"type": "Sequence",
                         "add_prefix_space": null, "pretokenizers": [)") +
                       split + R"(, {"type": "ByteLevel"}]}})")
                          .c_str());
  };
  const std::string at = "tokenizer.json: /pre_tokenizer/pretokenizers/0";
  EXPECT_EQ(withSplit(R"({"type": "Split", "pattern": {"Regex": "\\w"},
                          "behavior": "Isolated"})"),
            at + "/pattern/Regex: pattern at byte 0: \\w is not supported, "
                 "only \\s \\S \\d \\D \\p \\P \\r \\n \\t \\f \\v \\x \\u and "
                 "escaped punctuation are");
  EXPECT_EQ(withSplit(R"({"type": "Split", "pattern": {"Regex": "("},
                          "behavior": "Isolated"})"),
            "tokenizer.json: tokenizer: pattern of pre-tokenizer step 0 fails "
            "at byte 1: missing closing parenthesis");
  EXPECT_EQ(withSplit(R"({"type": "Split", "pattern": {"Regex": "a"},
                          "behavior": "Glued"})"),
            at + "/behavior: found \"Glued\", want Removed, Isolated, "
                 "MergedWithPrevious, MergedWithNext or Contiguous");
  EXPECT_EQ(withSplit(R"({"type": "Split", "pattern": {},
                          "behavior": "Isolated"})"),
            at + "/pattern/Regex: found nothing, want a string");
  EXPECT_EQ(withSplit(R"({"type": "Split", "pattern": "a",
                          "behavior": "Isolated"})"),
            at + "/pattern: found \"a\", want an object");
}

TEST_F(ImportErrors, PostProcessor) {
  const std::string at = "tokenizer.json: /post_processor";
  EXPECT_EQ(importWith(R"({"post_processor": {"type": "PairProcessing"}})"),
            at + "/type: found \"PairProcessing\", supported: null, ByteLevel, "
                 "TemplateProcessing, BertProcessing, RobertaProcessing, and a "
                 "Sequence of these");
  EXPECT_EQ(importWith(R"({"post_processor": {"type": "BertProcessing",
                           "single": null, "special_tokens": null,
                           "cls": ["<s>", 3], "sep": ["<s>", 9]}})"),
            at + "/sep: id 9 is outside the vocabulary of 4");
  EXPECT_EQ(importWith(R"({"post_processor": {"special_tokens": null}})"),
            at + "/single/0/SpecialToken/id: '<s>' is not in special_tokens");
  EXPECT_EQ(importWith(
                R"({"post_processor": {"special_tokens": {"<s>":
                     {"ids": [9]}}}})"),
            at + "/special_tokens/<s>/ids/0: id 9 is outside the vocabulary of "
                 "4");
  EXPECT_EQ(importWith(R"({"post_processor": {"single": []}})"),
            at + "/single: has no Sequence \"A\"");
  EXPECT_EQ(importWith(R"({"post_processor": {"single":
                           [{"Sequence": {"id": "B"}}]}})"),
            at + "/single/0/Sequence/id: found \"B\", want \"A\", once");
}

TEST_F(ImportErrors, Decoder) {
  EXPECT_EQ(importWith(R"({"decoder": {"type": "WordPiece"}})"),
            "tokenizer.json: /decoder/type: found \"WordPiece\", supported: "
            "ByteLevel, as the pre-tokenizer is");
  EXPECT_EQ(importWith(R"({"decoder": null})"),
            "tokenizer.json: /decoder/type: found nothing, supported: "
            "ByteLevel, as the pre-tokenizer is");
  // A pre-tokenizer other than ByteLevel makes it one of characters.
  auto withDecoder = [&](const char *decoder) {
    return importWith((std::string(R"({"pre_tokenizer": null, "decoder":
                         {"type": "Sequence", "decoders": [)") +
                       decoder + "]}}")
                          .c_str());
  };
  const std::string supported =
      "supported: Replace, Metaspace or WordPiece, then ByteFallback, Fuse and "
      "Strip in this order, each at most once";
  const std::string at = "tokenizer.json: /decoder/decoders/";
  EXPECT_EQ(withDecoder(R"({"type": "ByteFallback"}, {"type": "Fuse"})"),
            "no error");
  EXPECT_EQ(withDecoder(R"({"type": "Fuse"}, {"type": "ByteFallback"})"),
            at + "1/type: found \"ByteFallback\", " + supported);
  EXPECT_EQ(withDecoder(R"({"type": "Strip", "content": " ", "start": 1})"),
            at + "0/type: found \"Strip\", " + supported);
  EXPECT_EQ(withDecoder(R"({"type": "Fuse"}, {"type": "Strip", "content": " ",
                            "start": 1, "stop": 2})"),
            at + "1/stop: found 2, want 0, as the end is not known while text "
                 "streams");
  EXPECT_EQ(withDecoder(R"({"type": "Replace", "pattern": {"String": "_"},
                            "content": "-"})"),
            at + "0/content: found \"-\", want \" \"");
  EXPECT_EQ(withDecoder(R"({"type": "ByteLevel"})"),
            at + "0/type: found \"ByteLevel\", " + supported);
}

TEST_F(ImportErrors, CharacterModels) {
  auto withModel = [&](const char *model) {
    json changed = good;
    changed["pre_tokenizer"] = nullptr;
    changed["decoder"] = {{"type", "Fuse"}};
    changed["model"] = json::parse(model, nullptr, false);
    folder.write("tokenizer.json", changed);
    return import();
  };
  const std::string at = "tokenizer.json: /model";
  EXPECT_EQ(withModel(R"({"type": "WordLevel"})"),
            at + "/type: found \"WordLevel\", supported: BPE, Unigram, "
                 "WordPiece");
  EXPECT_EQ(withModel(R"({"type": "BPE", "vocab": {"a": 0}, "merges": [],
                          "byte_fallback": true})"),
            at + "/byte_fallback: '<0x00>' is not in the vocabulary");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": [["a", -1], ["b", -2]],
                          "unk_id": 1})"),
            "no error");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": [["a", -1], ["b"]]})"),
            at + "/vocab/1/1: found nothing, want a number");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": [["a", 1], ["a", 2]]})"),
            at + "/vocab/1: 'a' occurs twice");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": []})"),
            at + "/vocab: has no tokens");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": [["a", 1]]})"),
            at + "/unk_id: found nothing, want an id from 0 to 16777215");
  EXPECT_EQ(withModel(R"({"type": "Unigram", "vocab": [["a", 1]],
                          "unk_id": 1})"),
            at + "/unk_id: id 1 is outside the vocabulary of 1");
  EXPECT_EQ(withModel(R"({"type": "WordPiece", "vocab": {"a": 0},
                          "continuing_subword_prefix": "##",
                          "unk_token": "[UNK]"})"),
            at + "/unk_token: '[UNK]' is not in the vocabulary");
}

TEST_F(ImportErrors, OtherFiles) {
  EXPECT_EQ(importBeside("tokenizer_config.json", R"({"bos_token": "[B]"})"),
            "tokenizer_config.json: /bos_token: '[B]' is not a token of "
            "tokenizer.json, add it to /added_tokens there");
  EXPECT_EQ(importBeside("special_tokens_map.json", R"({"eos_token": 3})"),
            "special_tokens_map.json: /eos_token: found 3, want a string");
  EXPECT_EQ(
      importBeside("generation_config.json", R"({"eos_token_id": [1, 4]})"),
      "generation_config.json: /eos_token_id/1: id 4 is outside the "
      "vocabulary of 4 in tokenizer.json");
  EXPECT_EQ(importBeside("config.json", R"({"bos_token_id": "x"})"),
            "config.json: /bos_token_id: found \"x\", want an id from 0 to "
            "16777215");
  EXPECT_EQ(
      importBeside("tokenizer_config.json",
                   R"({"added_tokens_decoder": {"7": {"content": "<s>"}}})"),
      "tokenizer_config.json: /added_tokens_decoder/7: '<s>' does not "
      "have this id in tokenizer.json");
  EXPECT_EQ(importBeside("tokenizer_config.json", R"({"chat_template": 1})"),
            "tokenizer_config.json: /chat_template: found 1, want a string");
  EXPECT_EQ(importBeside("config.json", "{")
                .find("config.json: invalid JSON: parse error"),
            0u);
}

} // namespace
