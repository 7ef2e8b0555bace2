//===- PaddedTest.cpp - Padding leaves no trace ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

using namespace toy;

namespace {

class Padded : public Runtime {
protected:
  Padded() {
    batch.tokens = tokens;
    batch.batch_count = 3;
    batch.length = 5;
    batch.size = sizeof(batch);
    out.assign(3 * 5 * kColumns, -1.0f);
  }

  swage_status_code_t forward() {
    return swage_session_forward_padded(session, &batch, out.data(), out.size(),
                                        &status);
  }

  std::string message() {
    forward();
    return status.message;
  }

  float at(int text, int column, int c) const {
    return out[size_t((text * 5 + column) * kColumns + c)];
  }

  /// Compares with each text computed alone.
  void expectTexts() {
    for (int text = 0; text < 3; ++text) {
      std::vector<int32_t> past;
      for (int i = 0; i < 5; ++i) {
        bool isToken = !batch.mask || mask[text * 5 + i];
        if (isToken)
          past.push_back(tokens[text * 5 + i]);
        int position =
            batch.positions ? positions[text * 5 + i] : int(past.size()) - 1;
        for (int c = 0; c < kColumns; ++c)
          EXPECT_EQ(at(text, i, c),
                    isToken ? expectedLogit(past, c, position) : 0.0f)
              << text << ", " << i << ", " << c;
      }
    }
  }

  // Unmasked tokens that a kernel must never see are out of the vocabulary.
  int32_t tokens[15] = {1, 2, 3, 4, 5, 6, 7, -9, 99, -9, -9, -9, 8, 9, 10};
  int32_t mask[15] = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1};
  int32_t positions[15] = {5, 6, 7, 8, 9, 0, 1, 0, 0, 0, 0, 0, 40, 41, 42};
  swage_padded_batch_t batch = SWAGE_ZERO;
  std::vector<float> out;
};

} // namespace

TEST_F(Padded, RightAndLeftPadding) {
  batch.mask = mask;
  for (uint32_t sequences : {1, 2, 4})
    for (uint32_t logitRows : {1, 2, 3, 4, 100}) {
      swage_session_options_t options = sessionOptions(sequences, 2);
      options.max_logit_rows = logitRows;
      open(options, 2);
      out.assign(out.size(), -1.0f);
      EXPECT_EQ(message(), "");
      expectTexts();
      // All sequences are free again.
      for (uint32_t i = 0; i < sequences; ++i)
        newSequence();
      close();
    }
}

TEST_F(Padded, WithPositions) {
  batch.mask = mask;
  batch.positions = positions;
  open(sessionOptions(1));
  EXPECT_EQ(message(), "");
  expectTexts();
}

TEST_F(Padded, WithoutMask) {
  for (int i = 0; i < 15; ++i)
    tokens[i] = i;
  open(sessionOptions(3));
  EXPECT_EQ(message(), "");
  expectTexts();
}

TEST_F(Padded, RowWithoutTokensIsZero) {
  batch.mask = mask;
  for (int i = 0; i < 5; ++i)
    mask[i] = 0;
  open(sessionOptions(3));
  EXPECT_EQ(message(), "");
  expectTexts();
}

TEST_F(Padded, KeepsOtherSequences) {
  batch.mask = mask;
  open(sessionOptions(2));
  swage_sequence_t mine = newSequence();
  run(mine, {20, 21, 22});
  EXPECT_EQ(message(), "");
  expectTexts();
  EXPECT_EQ(run(mine, {23})[0], expectedLogit({20, 21, 22, 23}, 0, 3));
}

TEST_F(Padded, Errors) {
  swage_session_options_t options = sessionOptions(1);
  options.context = 4;
  open(options);
  EXPECT_EQ(message(), "row 0: have 5 tokens, require at most 4, the "
                       "session's context");
  batch.mask = mask;
  mask[0] = 0;
  mask[9] = 1;
  EXPECT_EQ(message(), "mask row 1, column 4: have a token behind a hole, "
                       "require padding only at the ends");
  mask[9] = 2;
  EXPECT_EQ(message(), "mask row 1, column 4: have 2, require 0 or 1");
  mask[9] = 0;
  tokens[14] = 50;
  EXPECT_EQ(message(), "row 2, column 4: have token 50, require 0 to 49");
  tokens[14] = 10;
  positions[14] = 64;
  batch.positions = positions;
  EXPECT_EQ(message(), "row 2, column 4: have position 64, require 0 to 63");
  batch.positions = nullptr;
  out.pop_back();
  EXPECT_EQ(message(), "have room for 149 logits, require 3 x 5 x 10");
  out.push_back(0);
  batch.length = 0;
  EXPECT_EQ(message(), "have 3 texts of 0 tokens, require at least 1 of each");
  batch.length = 5;
  swage_sequence_t mine = newSequence();
  EXPECT_EQ(message(), "have 1 sequences, require a free one; raise "
                       "max_sequences");
  swage_sequence_destroy(session, mine, nullptr);
  EXPECT_EQ(message(), "");
  newSequence();
}
