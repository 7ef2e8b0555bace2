//===- TableTest.cpp - Tables that are sound, damaged or too new ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyTable.h"
#include "swage/text.hpp"
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>

using namespace swage::test;
using Ids = std::vector<int32_t>;

namespace {

struct Outcome {
  swage_status_code_t code;
  std::string message;
  bool operator==(const Outcome &other) const {
    return code == other.code && message == other.message;
  }
};

std::ostream &operator<<(std::ostream &out, const Outcome &outcome) {
  return out << outcome.code << " '" << outcome.message << "'";
}

Outcome open(const void *bytes, size_t size) {
  swage_status_t status;
  std::optional<swage::Tokenizer> tokenizer =
      swage::Tokenizer::create(bytes, size, &status);
  EXPECT_EQ(tokenizer.has_value(), status.code == SWAGE_OK);
  return {status.code, status.message};
}

Outcome open(const TinyTable &tiny) {
  AlignedBytes bytes = tiny.build();
  return open(bytes.data(), bytes.size());
}

TEST(Table, EncodesAndAnswers) {
  TinyTable tiny;
  tiny.suffix = {259};
  tiny.chatTemplate = "{{ messages }}";
  AlignedBytes bytes = tiny.build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->encode("abcab", 0), (Ids{257, 256}));
  EXPECT_EQ(tokenizer->encode("b", SWAGE_ENCODE_ADD_SPECIAL),
            (Ids{258, 'b', 259}));
  EXPECT_EQ(tokenizer->encode("b"), (Ids{258, 'b', 259}));
  EXPECT_EQ(tokenizer->encode("</s>", SWAGE_ENCODE_PARSE_SPECIAL), (Ids{258}));
  EXPECT_EQ(tokenizer->encode("</s>", 0), (Ids{'<', '/', 's', '>'}));
  EXPECT_EQ(tokenizer->encode("a<x>b", 0), (Ids{'a', 259, 'b'}));
  EXPECT_EQ(tokenizer->encode("", 0), Ids{});
  EXPECT_EQ(tokenizer->vocabularySize(), 260u);
  EXPECT_EQ(tokenizer->token(257), "abc");
  EXPECT_EQ(tokenizer->bos(), 258);
  EXPECT_TRUE(tokenizer->isEos(258));
  EXPECT_FALSE(tokenizer->isEos(257));
  EXPECT_TRUE(tokenizer->isSpecial(258));
  EXPECT_FALSE(tokenizer->isSpecial(259));
  EXPECT_FALSE(tokenizer->isSpecial(-1));
  EXPECT_FALSE(tokenizer->isSpecial(260));
  EXPECT_EQ(swage_tokenizer_eos_count(tokenizer->get()), 1u);
  EXPECT_EQ(swage_tokenizer_eos(tokenizer->get(), 0), 258);
  EXPECT_EQ(swage_tokenizer_eos(tokenizer->get(), 1), -1);
  EXPECT_STREQ(tokenizer->chatTemplate(), "{{ messages }}");
}

/// Or fuzzing would begin with nothing.
TEST(Table, SeedOfTheFuzzerLoads) {
  std::ifstream file(SWAGE_TEST_DATA "/fuzz/corpus/tokenizer_table/tiny",
                     std::ios::binary);
  std::vector<char> read(std::istreambuf_iterator<char>(file), {});
  AlignedBytes bytes(read.data(), read.size());
  EXPECT_EQ(open(bytes.data(), bytes.size()), (Outcome{SWAGE_OK, ""}));
}

TEST(Table, AnswersForWhatIsAbsent) {
  TinyTable tiny;
  tiny.bos = -1;
  tiny.eos.clear();
  AlignedBytes bytes = tiny.build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->bos(), std::nullopt);
  EXPECT_FALSE(tokenizer->isEos(-1));
  EXPECT_EQ(tokenizer->chatTemplate(), nullptr);

  EXPECT_EQ(swage_tokenizer_vocabulary_size(nullptr), 0u);
  EXPECT_EQ(swage_tokenizer_is_special(nullptr, 0), 0);
  EXPECT_EQ(swage_tokenizer_bos(nullptr), -1);
  EXPECT_EQ(swage_tokenizer_is_eos(nullptr, 258), 0);
  EXPECT_EQ(swage_tokenizer_eos_count(nullptr), 0u);
  EXPECT_EQ(swage_tokenizer_eos(nullptr, 0), -1);
  EXPECT_EQ(swage_tokenizer_chat_template(nullptr), nullptr);
}

TEST(Table, WholePieceGoesBeforeMerges) {
  TinyTable tiny;
  tiny.tokens.push_back("cba");
  tiny.flags.push_back(table::TokenFlag::Model);
  for (bool ignoreMerges : {false, true}) {
    tiny.ignoreMerges = ignoreMerges;
    AlignedBytes bytes = tiny.build();
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->encode("cba", 0),
              ignoreMerges ? (Ids{260}) : (Ids{'c', 'b', 'a'}));
    // An added token that the model does not know is never a piece.
    EXPECT_EQ(tokenizer->encode("</s>", 0), (Ids{'<', '/', 's', '>'}));
  }
}

TEST(Table, UnknownBytes) {
  TinyTable tiny;
  tiny.flags['q'] = tiny.flags['z'] = table::TokenFlag(0);
  auto encode = [&](const char *text) {
    AlignedBytes bytes = tiny.build();
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    return tokenizer->encode(text, 0);
  };
  EXPECT_EQ(encode("xqzx"), (Ids{'x', 'x'}));
  tiny.unknown = 259;
  EXPECT_EQ(encode("xqzx"), (Ids{'x', 259, 259, 'x'}));
  tiny.fuseUnknown = true;
  EXPECT_EQ(encode("xqzx"), (Ids{'x', 259, 'x'}));
}

TEST(Table, CountsIdsThatDoNotFit) {
  AlignedBytes bytes = TinyTable().build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  int32_t ids[2] = {-7, -7};
  size_t count = 0;
  swage_status_t status;
  EXPECT_EQ(swage_tokenizer_encode(tokenizer->get(), "xyz", 3, 0, ids, 1,
                                   &count, &status),
            SWAGE_OK);
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(ids[0], 'x');
  EXPECT_EQ(ids[1], -7);
  EXPECT_EQ(swage_tokenizer_encode(tokenizer->get(), "xyz", 3, 0, nullptr, 0,
                                   &count, nullptr),
            SWAGE_OK);
  EXPECT_EQ(count, 3u);
}

TEST(Table, RefusesCallsThatMakeNoSense) {
  AlignedBytes bytes = TinyTable().build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  swage_status_t status;
  auto encode = [&](const swage_tokenizer_t *handle, const char *text,
                    size_t length, uint32_t flags, size_t capacity,
                    size_t *count) {
    swage_status_code_t code = swage_tokenizer_encode(
        handle, text, length, flags, nullptr, capacity, count, &status);
    EXPECT_EQ(code, status.code);
    return Outcome{code, status.message};
  };
  size_t count = 42;
  auto invalid = [](const char *message) {
    return Outcome{SWAGE_INVALID_ARGUMENT, message};
  };
  EXPECT_EQ(encode(nullptr, "", 0, 0, 0, &count), invalid("tokenizer is null"));
  EXPECT_EQ(encode(tokenizer->get(), "", 0, 0, 0, nullptr),
            invalid("out_count is null"));
  EXPECT_EQ(encode(tokenizer->get(), nullptr, 1, 0, 0, &count),
            invalid("text is null"));
  EXPECT_EQ(encode(tokenizer->get(), "", 0, 0, 1, &count),
            invalid("out_ids is null"));
  EXPECT_EQ(encode(tokenizer->get(), "", 0, 4, 0, &count),
            invalid("encode flags are 0x4, known are 0x3"));
  EXPECT_EQ(encode(tokenizer->get(), "", size_t(1) << 30, 0, 0, &count),
            invalid("text has 1073741824 bytes, want less than 1073741824"));
  EXPECT_EQ(count, 42u);

  const char *text = nullptr;
  size_t length = 0;
  EXPECT_EQ(
      swage_tokenizer_token(tokenizer->get(), 260, &text, &length, &status),
      SWAGE_NOT_FOUND);
  EXPECT_STREQ(status.message, "id 260 is outside the vocabulary of 260");
  EXPECT_EQ(
      swage_tokenizer_token(tokenizer->get(), -1, &text, &length, nullptr),
      SWAGE_NOT_FOUND);
  EXPECT_EQ(swage_tokenizer_token(nullptr, 0, &text, &length, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "tokenizer is null");
  EXPECT_EQ(swage_tokenizer_create(bytes.data(), bytes.size(), nullptr, nullptr,
                                   &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "out_tokenizer is null");
}

TEST(Table, RefusesBytesThatAreNoTable) {
  AlignedBytes bytes = TinyTable().build();
  EXPECT_EQ(open(nullptr, 0), (Outcome{SWAGE_INVALID_ARGUMENT,
                                       "tokenizer: bytes are null, want 8-byte "
                                       "alignment"}));
  EXPECT_EQ(open(bytes.data() + 1, bytes.size() - 1),
            (Outcome{SWAGE_INVALID_ARGUMENT,
                     "tokenizer: bytes are not aligned, want 8-byte "
                     "alignment"}));
  EXPECT_EQ(open(bytes.data(), 7).message,
            "tokenizer: table has 7 bytes, want 8 to 2147483646");
  bytes.data()[4] = 'X';
  EXPECT_EQ(
      open(bytes.data(), bytes.size()),
      (Outcome{SWAGE_DATA_LOSS,
               "tokenizer: not a tokenizer table: identifier is 5857544b, "
               "want 5357544b (SWTK)"}));
}

TEST(Table, RefusesEveryTruncation) {
  AlignedBytes bytes = TinyTable().build();
  for (size_t size = 0; size < bytes.size(); ++size) {
    // A copy of its own size, so that sanitizers see a read behind the end.
    AlignedBytes cut(bytes.data(), size);
    Outcome outcome = open(size ? cut.data() : bytes.data(), size);
    EXPECT_EQ(outcome.code, SWAGE_DATA_LOSS) << size;
  }
  EXPECT_EQ(open(bytes.data(), 100).message,
            "tokenizer: table of 100 bytes is damaged or cut short");
}

TEST(Table, SurvivesDamage) {
  // A changed byte may leave a sound table; it must never read outside it.
  AlignedBytes sound = TinyTable().build();
  std::mt19937 random(1);
  size_t refused = 0;
  for (int round = 0; round < 4000; ++round) {
    AlignedBytes bytes(sound.data(), sound.size());
    for (unsigned i = 0; i <= random() % 3; ++i)
      bytes.data()[random() % bytes.size()] = uint8_t(random());
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    if (!tokenizer) {
      ++refused;
      continue;
    }
    auto ids = tokenizer->encode("abc </s> <x> 12 z", 3);
    if (ids)
      EXPECT_TRUE(tokenizer->decode(*ids));
  }
  EXPECT_GT(refused, 100u);
}

TEST(Table, NamesWhatIsOutOfBounds) {
  auto damaged = [](auto change) {
    TinyTable tiny;
    change(tiny);
    Outcome outcome = open(tiny);
    EXPECT_EQ(outcome.code, SWAGE_DATA_LOSS);
    return outcome.message;
  };
  EXPECT_EQ(damaged([](TinyTable &t) { t.offsets = {0}; }),
            "tokenizer: 1 token offsets, want one more than there are tokens");
  EXPECT_EQ(damaged([](TinyTable &t) { t.flags.pop_back(); }),
            "tokenizer: flags for 259 tokens, want 260");
  EXPECT_EQ(damaged([](TinyTable &t) {
              t.offsets = {0, 5, 3};
              t.flags.resize(2);
            }),
            "tokenizer: token 1 starts at byte 5, behind its end at 3");
  EXPECT_EQ(damaged([](TinyTable &t) {
              t.offsets = {0, 5, 9999};
              t.flags.resize(2);
            }),
            "tokenizer: tokens take bytes 0 to 9999, want 0 to 268");
  EXPECT_EQ(damaged([](TinyTable &t) { t.merges.emplace_back(1, 2, 260); }),
            "tokenizer: merge 2 of 1 and 2 to 260 is outside the vocabulary of "
            "260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.merges.emplace_back('a', 'c', 256); }),
            "tokenizer: merge 2: token 256 is not token 97 followed by token "
            "99");
  EXPECT_EQ(damaged([](TinyTable &t) { t.merges.push_back(t.merges[0]); }),
            "tokenizer: merge 2 repeats merge 0");
  EXPECT_EQ(damaged([](TinyTable &t) { t.unknown = 260; }),
            "tokenizer: unknown token 260 is outside the vocabulary of 260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.bos = -2; }),
            "tokenizer: bos token has id -2, outside the vocabulary of 260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.eos = {0, 260}; }),
            "tokenizer: eos token 1 has id 260, outside the vocabulary of 260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.prefix = {300}; }),
            "tokenizer: prefix token 0 has id 300, outside the vocabulary of "
            "260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.suffix = {300}; }),
            "tokenizer: suffix token 0 has id 300, outside the vocabulary of "
            "260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.added[1].id = 260; }),
            "tokenizer: added token 1 has id 260, outside the vocabulary of "
            "260");
  EXPECT_EQ(damaged([](TinyTable &t) { t.added[1].content = ""; }),
            "tokenizer: added token 1 is empty");
  EXPECT_EQ(damaged([](TinyTable &t) { t.added[1].content = "\xff"; }),
            "tokenizer: added token 1 is not UTF-8");
  EXPECT_EQ(damaged([](TinyTable &t) { t.added[1].content = "</s>"; }),
            "tokenizer: added tokens 258 and 259 have the same content");
  EXPECT_EQ(damaged([](TinyTable &t) {
              t.ignoreMerges = true;
              t.tokens.push_back("abc");
              t.flags.push_back(table::TokenFlag::Model);
            }),
            "tokenizer: tokens 257 and 260 have the same bytes");
}

/// A charsmap has 256 units at least, as children are anywhere in those.
TEST(Table, NamesWhatIsWrongWithACharsmap) {
  auto refused = [](auto change) {
    TinyTable tiny;
    tiny.normalizer = table::NormalizerStep::SentencePiece;
    // The rule "a" becomes "b": the root's base is 0, that of "a" is unit 1.
    tiny.trie.assign(256, 0);
    tiny.trie['a'] = ('a' ^ 1) << 10 | 0x100 | 'a';
    tiny.trie[1] = 0x80000000;
    tiny.replacements = std::string("b\0", 2);
    change(tiny);
    Outcome outcome = open(tiny);
    EXPECT_EQ(outcome.code, outcome.message == "" ? SWAGE_OK : SWAGE_DATA_LOSS);
    return outcome.message;
  };
  const std::string at = "tokenizer: charsmap of normalizer step 0";
  EXPECT_EQ(refused([](TinyTable &) {}), "");
  EXPECT_EQ(refused([](TinyTable &t) { t.trie.clear(); }), at + " has no trie");
  EXPECT_EQ(refused([](TinyTable &t) { t.trie.resize(255); }),
            at + ": unit 0 leads to unit 255, there are 255");
  EXPECT_EQ(refused([](TinyTable &t) { t.trie[5] = 256 << 10; }),
            at + ": unit 5 leads to unit 511, there are 256");
  EXPECT_EQ(refused([](TinyTable &t) { t.trie[1] = 0x80000002; }),
            at + ": unit 97 leads to byte 2 of the replacements, which have 2, "
                 "or into a character");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.trie[1] = 0x80000001;
              t.replacements = std::string("\xC3\xA9\0", 3);
            }),
            at + ": unit 97 leads to byte 1 of the replacements, which have 3, "
                 "or into a character");
  EXPECT_EQ(refused([](TinyTable &t) { t.replacements = "b"; }),
            at + ": the replacements are not zero-terminated UTF-8");
  EXPECT_EQ(
      refused([](TinyTable &t) { t.replacements = std::string("\xFF\0", 2); }),
      at + ": the replacements are not zero-terminated UTF-8");
}

/// They see the character that stands for the byte 0xB2, a digit.
TEST(Table, StepsBehindTheByteLevelOne) {
  TinyTable tiny;
  tiny.steps = {table::PreTokenizerStep::ByteLevel,
                table::PreTokenizerStep::Digits};
  // "\xC2\xB2" is U+00B2, whose two bytes must not merge across the cut.
  tiny.tokens.push_back("\xC2\xB2");
  tiny.flags.push_back(table::TokenFlag::Model);
  tiny.merges.emplace_back(0xC2, 0xB2, 260);
  for (bool cuts : {true, false}) {
    if (!cuts)
      tiny.steps.pop_back();
    AlignedBytes bytes = tiny.build();
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->encode("\xC2\xB2", 0),
              cuts ? (std::vector<int32_t>{0xC2, 0xB2})
                   : std::vector<int32_t>{260});
    std::string all;
    for (int byte = 0; byte < 0x80; ++byte)
      all += char(byte);
    EXPECT_EQ(tokenizer->decode(*tokenizer->encode(all, 0)), all);
  }
}

TEST(Table, RewritesByACharsmap) {
  for (auto step : {table::NormalizerStep::SentencePiece,
                    table::NormalizerStep::Precompiled}) {
    TinyTable tiny;
    tiny.normalizer = step;
    tiny.trie.assign(256, 0);
    tiny.trie['a'] = ('a' ^ 1) << 10 | 0x100 | 'a';
    tiny.trie[1] = 0x80000000;
    tiny.replacements = std::string("xy\0", 3);
    AlignedBytes bytes = tiny.build();
    auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
    ASSERT_TRUE(tokenizer);
    EXPECT_EQ(tokenizer->encode("bac", 0),
              (std::vector<int32_t>{'b', 'x', 'y', 'c'}));
    // Bytes from 0x80 on and a zero are no units' children here.
    EXPECT_EQ(tokenizer->encode(std::string_view("\xC3\xA9\0", 3), 0),
              (std::vector<int32_t>{0xC3, 0xA9, 0}));
  }
}

TEST(Table, NamesAPrefixOfWordsThatIsNotText) {
  TinyTable tiny;
  tiny.model = table::ModelKind::WordPiece;
  tiny.steps.clear();
  tiny.wordPrefix = "\x96";
  Outcome outcome = open(tiny);
  EXPECT_EQ(outcome.code, SWAGE_DATA_LOSS);
  EXPECT_EQ(outcome.message, "tokenizer: the prefix of words is not UTF-8");
}

TEST(Table, NamesWhatIsNotSupported) {
  using Step = table::PreTokenizerStep;
  auto refused = [](auto change) {
    TinyTable tiny;
    change(tiny);
    Outcome outcome = open(tiny);
    EXPECT_EQ(outcome.code, SWAGE_UNSUPPORTED);
    return outcome.message;
  };
  EXPECT_EQ(refused([](TinyTable &t) { t.readerVersion = 4; }),
            "tokenizer: table requires reader version 4, have 3");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.model = table::ModelKind(7);
              t.steps.clear();
            }),
            "tokenizer: model kind 7, supported are 0 to 3");
  EXPECT_EQ(refused([](TinyTable &t) { t.steps.assign(17, Step::Digits); }),
            "tokenizer: 17 pre-tokenizer steps, supported are 0 to 16");
  EXPECT_EQ(refused([](TinyTable &t) { t.steps.clear(); }),
            "tokenizer: none of 0 pre-tokenizer steps is byte level, a "
            "byte-level model needs one");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.steps = {Step::ByteLevel, Step::Digits, Step::ByteLevel};
            }),
            "tokenizer: pre-tokenizer step 2 is byte level, supported is one "
            "such step, in byte-level models");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.model = table::ModelKind::WordPiece;
              t.steps = {Step::ByteLevel};
            }),
            "tokenizer: pre-tokenizer step 0 is byte level, supported is one "
            "such step, in byte-level models");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.steps = {Step::ByteLevel, Step::Metaspace};
            }),
            "tokenizer: pre-tokenizer step 1 stands behind the byte-level one, "
            "supported there are splits and digits");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.normalizer = table::NormalizerStep::SentencePiece;
              t.prefixScheme = table::PrependScheme(3);
            }),
            "tokenizer: normalizer step 0 has the unknown prefix scheme 3");
  EXPECT_EQ(refused([](TinyTable &t) { t.steps = {Step(9), Step::ByteLevel}; }),
            "tokenizer: pre-tokenizer step 0 has the unknown type 9");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.steps = {Step::Split, Step::ByteLevel};
              t.behavior = table::SplitBehavior(7);
            }),
            "tokenizer: pre-tokenizer step 0 has the unknown behavior 7");
  EXPECT_EQ(refused([](TinyTable &t) {
              t.steps = {Step::Digits, Step::Split, Step::ByteLevel};
              t.pattern = "a(";
            }),
            "tokenizer: pattern of pre-tokenizer step 1 fails at byte 2: "
            "missing closing parenthesis");
}

TEST(Table, PatternThatMovesItsMatchIsRefused) {
  TinyTable tiny;
  tiny.steps = {table::PreTokenizerStep::Split,
                table::PreTokenizerStep::ByteLevel};
  tiny.pattern = "(?=a\\Kb)";
  AlignedBytes bytes = tiny.build();
  swage_status_t status;
  auto tokenizer =
      swage::Tokenizer::create(bytes.data(), bytes.size(), &status);
  if (!tokenizer) // PCRE2 from 10.38 on refuses it when it compiles.
    EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
  else
    EXPECT_FALSE(tokenizer->encode("xab", 0, &status));
}

} // namespace
