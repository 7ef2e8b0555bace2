//===- EncodeTest.cpp - Whole texts and several results -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "swage/swage.hpp"

using namespace toy;

namespace {

class Encode : public Runtime {
protected:
  Encode() { model.makeEncoder(); }

  /// Options with rows and context for `longest` tokens.
  void openEncoder(uint32_t sequences, uint32_t maxRows, uint32_t context = 0,
                   uint32_t threads = 1) {
    close();
    swage_session_options_t options = swage_session_options_default();
    options.max_sequences = sequences;
    options.max_rows = maxRows;
    options.context = context;
    openDevice(threads);
    load(model);
    openSession(options);
  }

  /// Encodes texts of these lengths, cut from `tokens` and `types`.
  std::string encode(std::vector<uint32_t> lengths, bool withLogits = true) {
    swage_texts_t texts = SWAGE_ZERO;
    texts.size = sizeof(texts);
    texts.tokens = tokens;
    texts.token_types = withTypes ? types : nullptr;
    texts.lengths = lengths.data();
    texts.text_count = lengths.size();
    for (uint32_t length : lengths)
      texts.row_count += length;
    hidden.assign(texts.row_count * kColumns, -1.0f);
    logits = hidden;
    pooled.assign(lengths.size() * kColumns, -1.0f);
    swage_output_t outputs[] = {
        {"pooler_output", pooled.data(), pooled.size()},
        {"last_hidden_state", hidden.data(), hidden.size()},
        {"logits", logits.data(), logits.size()}};
    swage_session_encode(session, &texts, outputs, withLogits ? 3 : 2, &status);
    return status.message;
  }

  void expectTexts(const std::vector<uint32_t> &lengths,
                   bool withLogits = true) {
    size_t begin = 0;
    for (size_t t = 0; t < lengths.size(); ++t) {
      std::vector<int32_t> text(tokens + begin, tokens + begin + lengths[t]);
      std::vector<int32_t> itsTypes;
      if (withTypes)
        itsTypes.assign(types + begin, types + begin + lengths[t]);
      for (int c = 0; c < kColumns; ++c) {
        float value = expectedHidden(text, itsTypes, c);
        EXPECT_EQ(pooled[t * kColumns + size_t(c)], value) << t << ", " << c;
        for (size_t i = begin; i < begin + lengths[t]; ++i) {
          EXPECT_EQ(hidden[i * kColumns + size_t(c)], value) << t << ", " << i;
          EXPECT_EQ(logits[i * kColumns + size_t(c)], withLogits ? value : -1)
              << t << ", " << i;
        }
      }
      begin += lengths[t];
    }
  }

  Model model;
  bool withTypes = true;
  int32_t tokens[12] = {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  int32_t types[12] = {0, 1, 2, 0, 0, 1, 1, 0, 2, 2, 0, 1};
  std::vector<float> hidden, logits, pooled;
};

} // namespace

TEST_F(Encode, TextsOfAnyLengthInAnyPieces) {
  std::vector<uint32_t> lengths = {1, 4, 2, 4, 1};
  for (uint32_t sequences : {1, 2, 3, 8})
    for (uint32_t rows : {4, 5, 6, 7, 100}) {
      openEncoder(sequences, rows, 0, 2);
      EXPECT_EQ(encode(lengths), "");
      expectTexts(lengths);
      // All sequences are free again.
      for (uint32_t i = 0; i < sequences; ++i)
        newSequence();
    }
}

TEST_F(Encode, WithoutTypesOrLogits) {
  openEncoder(3, 6);
  withTypes = false;
  EXPECT_EQ(encode({4, 4, 4}), "");
  expectTexts({4, 4, 4});
  // After types, no types are zeros again.
  withTypes = true;
  EXPECT_EQ(encode({4, 4, 4}, false), "");
  expectTexts({4, 4, 4}, false);
  withTypes = false;
  EXPECT_EQ(encode({4, 4, 4}), "");
  expectTexts({4, 4, 4});
}

TEST_F(Encode, ListsResults) {
  openEncoder(2, 0, 60);
  const swage_session_info_t *info = swage_session_info(session);
  EXPECT_STREQ(info->entry_point, "encode");
  EXPECT_EQ(info->whole_sequences, 1u);
  EXPECT_EQ(info->max_rows, 512u);
  EXPECT_EQ(swage_module_info(module)->token_types, 3u);
  const char *const names[] = {"last_hidden_state", "logits", "pooler_output"};
  ASSERT_EQ(info->result_count, 3u);
  for (size_t i = 0; i < 3; ++i) {
    swage_result_info_t result;
    ASSERT_EQ(swage_session_result(session, i, &result, &status), SWAGE_OK);
    EXPECT_STREQ(result.name, names[i]);
    EXPECT_EQ(result.columns, uint32_t(kColumns));
    EXPECT_EQ(result.per_sequence, uint32_t(i == 2));
  }
  swage_result_info_t result;
  swage_session_result(session, 3, &result, &status);
  EXPECT_STREQ(status.message, "have result index 3, require less than 3");
}

TEST_F(Encode, RowsMakeRoomForALongText) {
  model.table.max_positions = 2000;
  openEncoder(1, 0, 2000);
  EXPECT_EQ(swage_session_info(session)->max_rows, 2000u);
}

TEST_F(Encode, Padded) {
  // The second text is padded on the right, the third on the left, the fourth
  // has no token.
  int32_t padded[12] = {5, 6, 7, 8, -9, 99, -9, 9, 10, -9, -9, -9};
  int32_t mask[12] = {1, 1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0};
  int32_t paddedTypes[12] = {0, 1, 2, 0, -5, 77, 99, 1, 2, -1, -1, -1};
  openEncoder(2, 4);
  swage::PaddedBatch batch;
  batch.tokens = padded;
  batch.mask = mask;
  batch.token_types = paddedTypes;
  batch.batch_count = 4;
  batch.length = 3;
  hidden.assign(12 * kColumns, -1.0f);
  logits = hidden;
  pooled.assign(4 * kColumns, -1.0f);
  swage_output_t outputs[] = {
      {"last_hidden_state", hidden.data(), hidden.size()},
      {"logits", logits.data(), logits.size()},
      {"pooler_output", pooled.data(), pooled.size()}};
  ASSERT_EQ(swage_session_encode_padded(session, &batch, outputs, 3, &status),
            SWAGE_OK)
      << status.message;
  for (size_t text = 0; text < 4; ++text) {
    std::vector<int32_t> its, itsTypes;
    for (size_t i = text * 3; i < text * 3 + 3; ++i)
      if (mask[i]) {
        its.push_back(padded[i]);
        itsTypes.push_back(paddedTypes[i]);
      }
    for (int c = 0; c < kColumns; ++c) {
      float value = expectedHidden(its, itsTypes, c);
      EXPECT_EQ(pooled[text * kColumns + size_t(c)], value);
      for (size_t i = text * 3; i < text * 3 + 3; ++i) {
        EXPECT_EQ(hidden[i * kColumns + size_t(c)], mask[i] ? value : 0);
        EXPECT_EQ(logits[i * kColumns + size_t(c)], mask[i] ? value : 0);
      }
    }
  }
  mask[0] = 0;
  mask[1] = 0;
  EXPECT_EQ(swage_session_encode_padded(session, &batch, outputs, 3, &status),
            SWAGE_OK);
  mask[0] = 1;
  swage_session_encode_padded(session, &batch, outputs, 3, &status);
  EXPECT_STREQ(status.message,
               "mask row 0, column 2: have a token behind a hole, require "
               "padding only at the ends");
}

TEST_F(Encode, Errors) {
  openEncoder(1, 4, 60);
  EXPECT_EQ(encode({2, 5}), "text 1: have 5 tokens, require at most 4, the "
                            "session's max_rows, as a text is encoded at once");
  tokens[3] = 50;
  EXPECT_EQ(encode({2, 2}), "text 1, token 1: have token 50, require 0 to 49");
  tokens[3] = 5;
  types[2] = 3;
  EXPECT_EQ(encode({2, 2}),
            "text 1, token 0: have token type 3, require 0 to 2");
  types[2] = 0;
  EXPECT_EQ(encode({2, 0}), "text 1: have 0 tokens, require at least 1");
  EXPECT_EQ(encode({}), "have texts without number, require at least one text");

  uint32_t length = 2;
  swage_texts_t texts = SWAGE_ZERO;
  texts.size = sizeof(texts);
  texts.tokens = tokens;
  texts.lengths = &length;
  texts.text_count = 1;
  texts.row_count = 3;
  swage_session_encode(session, &texts, nullptr, 0, &status);
  EXPECT_STREQ(status.message,
               "have 2 tokens in texts, require 3, the number of rows");
  texts.row_count = 2;
  float value;
  swage_output_t output = {"scores", &value, 1};
  swage_session_encode(session, &texts, &output, 1, &status);
  EXPECT_STREQ(status.message,
               "entry point 'encode' has no result 'scores', require one of 3, "
               "such as 'last_hidden_state'");
  output.name = "logits";
  swage_session_encode(session, &texts, &output, 1, &status);
  EXPECT_STREQ(status.message,
               "logits: have room for 1 values, require 2 x 10");
  newSequence();
  EXPECT_EQ(encode({2}), "have 1 sequences, require a free one; raise "
                         "max_sequences");
  openEncoder(1, 8, 3);
  EXPECT_EQ(encode({4}), "text 0: have 4 tokens, require at most 3, the "
                         "session's context, as a text is encoded at once");
}

TEST_F(Encode, EachEntryPointHasItsCall) {
  openEncoder(1, 4);
  int32_t token = 1;
  swage_sequence_rows_t rows = {newSequence(), 1};
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = &token;
  batch.row_count = 1;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  swage_session_forward(session, &batch, nullptr, &status);
  EXPECT_STREQ(status.message, "entry point 'encode' encodes whole texts, "
                               "require a call of swage_session_encode");
  swage::PaddedBatch padded;
  padded.tokens = &token;
  padded.batch_count = 1;
  padded.length = 1;
  std::vector<float> out(kColumns);
  swage_session_forward_padded(session, &padded, out.data(), out.size(),
                               &status);
  EXPECT_STREQ(status.message, "entry point 'encode' encodes whole texts, "
                               "require a call of swage_session_encode_padded");

  close();
  open(sessionOptions(1));
  EXPECT_EQ(encode({1}), "entry point 'forward' appends to sequences, require "
                         "a call of swage_session_forward");
  int32_t type = 0;
  rows.sequence = newSequence();
  batch.token_types = &type;
  swage_session_forward(session, &batch, nullptr, &status);
  EXPECT_STREQ(status.message, "have token types, require none: entry point "
                               "'forward' has no use for them");
}

TEST_F(Encode, Wrapper) {
  Aligned bytes(model.write());
  swage::Status s;
  swage::Device owner = swage::Device::open({}, s);
  swage::Module loaded =
      swage::Module::load(owner, bytes.data(), bytes.size(), s);
  swage::Session encoder = swage::Session::create(loaded, {}, s);
  ASSERT_TRUE(s) << s.message();
  EXPECT_STREQ(encoder.result(2, s).name, "pooler_output");
  uint32_t lengths[] = {3};
  swage::Texts texts;
  texts.tokens = tokens;
  texts.row_count = 3;
  texts.lengths = lengths;
  texts.text_count = 1;
  std::vector<float> values(kColumns);
  swage::Output output = {"pooler_output", values.data(), values.size()};
  encoder.encode(texts, &output, 1, s);
  ASSERT_TRUE(s) << s.message();
  EXPECT_EQ(values[4], expectedHidden({5, 6, 7}, {}, 4));
}
