//===- DecoderTest.cpp - Text from ids, as they come ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyTable.h"
#include "swage/text.hpp"
#include <gtest/gtest.h>
#include <random>

using namespace swage::test;

namespace {

class DecoderTest : public testing::Test {
protected:
  DecoderTest()
      : bytes(TinyTable().build()),
        tokenizer(swage::Tokenizer::create(bytes.data(), bytes.size())) {}

  /// What each byte of `text` gives when pushed, then the flush; "|" between.
  std::string pushBytes(std::string_view text) {
    auto decoder = swage::Decoder::create(*tokenizer);
    std::string all;
    for (unsigned char byte : text)
      all.append(*decoder->push(byte)) += '|';
    return all.append(*decoder->flush());
  }

  AlignedBytes bytes;
  std::optional<swage::Tokenizer> tokenizer;
};

#define REPLACED "\xEF\xBF\xBD"

TEST_F(DecoderTest, WaitsForWholeCharacters) {
  EXPECT_EQ(pushBytes("aé"), "a||é|");
  EXPECT_EQ(pushBytes("日"), "||日|");
  EXPECT_EQ(pushBytes("🦙!"), "|||🦙|!|");
}

TEST_F(DecoderTest, ReplacesMaximalParts) {
  EXPECT_EQ(pushBytes("\x80"), REPLACED "|");
  EXPECT_EQ(pushBytes("\xC3("), "|" REPLACED "(|");
  EXPECT_EQ(pushBytes("\xE6\x97x"), "||" REPLACED "x|");
  EXPECT_EQ(pushBytes("\xE0\x80"), "|" REPLACED REPLACED "|");
  EXPECT_EQ(pushBytes("\xED\xA0"), "|" REPLACED REPLACED "|");
  EXPECT_EQ(pushBytes("\xF4\x90"), "|" REPLACED REPLACED "|");
  EXPECT_EQ(pushBytes("\xC0"), REPLACED "|");
}

TEST_F(DecoderTest, FlushEndsAnUnfinishedCharacter) {
  EXPECT_EQ(pushBytes("\xF0\x9F\x98"), "|||" REPLACED);
  auto decoder = swage::Decoder::create(*tokenizer);
  decoder->push(0xE6);
  EXPECT_EQ(*decoder->flush(), REPLACED);
  EXPECT_EQ(*decoder->flush(), "");
  EXPECT_EQ(*decoder->push('a'), "a");
}

TEST_F(DecoderTest, SpecialTokensAndUnknownIds) {
  EXPECT_EQ(tokenizer->decode({'a', 258, 259, 257}), "a</s><x>abc");
  EXPECT_EQ(tokenizer->decode({'a', 258, 259, 257}, SWAGE_DECODE_SKIP_SPECIAL),
            "a<x>abc");
  EXPECT_EQ(tokenizer->decode({'a', 260, -1, 'b'}), "ab");
}

TEST_F(DecoderTest, TextEndsWithZero) {
  swage_decoder_t *decoder = nullptr;
  ASSERT_EQ(swage_decoder_create(tokenizer->get(), 0, &decoder, nullptr),
            SWAGE_OK);
  const char *text = nullptr;
  size_t length = 99;
  ASSERT_EQ(swage_decoder_push(decoder, 257, &text, &length, nullptr),
            SWAGE_OK);
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(length, 3u);
  swage_decoder_destroy(decoder);
}

/// Whether `text` is well-formed, by another way than the library's.
bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    unsigned char first = text[i];
    unsigned length = first < 0x80             ? 1
                      : (first & 0xE0) == 0xC0 ? 2
                      : (first & 0xF0) == 0xE0 ? 3
                      : (first & 0xF8) == 0xF0 ? 4
                                               : 0;
    if (!length || i + length > text.size())
      return false;
    uint32_t point = length == 1 ? first : first & (0x7F >> length);
    for (unsigned k = 1; k < length; ++k) {
      if ((text[i + k] & 0xC0) != 0x80)
        return false;
      point = point << 6 | (text[i + k] & 0x3F);
    }
    const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[length] || point > 0x10FFFF ||
        (point >= 0xD800 && point < 0xE000))
      return false;
    i += length;
  }
  return true;
}

TEST_F(DecoderTest, NeverGivesMalformedText) {
  // Bytes that start, continue and break characters, in any order.
  const unsigned char parts[] = {'a',  0x80, 0x9F, 0xA0, 0xBF, 0x90,
                                 0x8F, 0xC2, 0xE0, 0xED, 0xEF, 0xF0,
                                 0xF4, 0xF5, 0xC1, 0xFF};
  std::mt19937 random(3);
  auto decoder = swage::Decoder::create(*tokenizer);
  for (int round = 0; round < 20000; ++round) {
    auto piece = decoder->push(parts[random() % sizeof(parts)]);
    ASSERT_TRUE(isUtf8(*piece)) << round;
    if (random() % 50 == 0)
      ASSERT_TRUE(isUtf8(*decoder->flush()));
  }
}

TEST_F(DecoderTest, RefusesCallsThatMakeNoSense) {
  swage_status_t status;
  swage_decoder_t *decoder = nullptr;
  const char *text = nullptr;
  size_t length = 0;
  EXPECT_EQ(swage_decoder_create(nullptr, 0, &decoder, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "tokenizer is null");
  EXPECT_EQ(swage_decoder_create(tokenizer->get(), 0, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "out_decoder is null");
  EXPECT_EQ(swage_decoder_create(tokenizer->get(), 2, &decoder, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "decode flags are 0x2, known are 0x1");
  EXPECT_EQ(swage_decoder_push(nullptr, 0, &text, &length, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "decoder is null");
  EXPECT_EQ(swage_decoder_flush(nullptr, &text, &length, &status),
            SWAGE_INVALID_ARGUMENT);
  ASSERT_EQ(swage_decoder_create(tokenizer->get(), 0, &decoder, &status),
            SWAGE_OK);
  EXPECT_STREQ(status.message, "");
  EXPECT_EQ(swage_decoder_push(decoder, 0, nullptr, &length, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "out_text is null");
  EXPECT_EQ(swage_decoder_flush(decoder, &text, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "out_length is null");
  swage_decoder_destroy(decoder);
}

} // namespace
