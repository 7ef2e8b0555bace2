//===- LengthsTest.cpp - Positions that depend on a sequence's length -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"

using namespace toy;

namespace {

constexpr int kShort = 16, kSpan = kMaxPositions;

/// A model that rotates sequences of more than kShort tokens differently: the
/// numbers of their positions begin at kSpan.
class Lengths : public Runtime {
protected:
  Lengths() {
    model.program().position_lengths = {kShort, kMaxPositions};
    model.program().position_span = kSpan;
    openDevice();
    load(model);
    openSession(sessionOptions());
  }

  static std::vector<int32_t> someTokens(int count) {
    std::vector<int32_t> tokens(count);
    for (int i = 0; i < count; ++i)
      tokens[i] = (i * 7 + 3) % kVocabulary;
    return tokens;
  }

  /// Logits of all tokens, where the first position has the number `first`.
  static std::vector<float> expected(const std::vector<int32_t> &tokens,
                                     int first) {
    std::vector<float> result;
    for (size_t i = 0; i < tokens.size(); ++i)
      for (int c = 0; c < kColumns; ++c)
        result.push_back(expectedLogit({tokens.begin(), tokens.begin() + i + 1},
                                       c, first + int(i)));
    return result;
  }

  swage_sequence_t declared(uint32_t length) {
    swage_sequence_t id = newSequence();
    EXPECT_EQ(swage_sequence_declare(session, id, length, &status), SWAGE_OK)
        << status.message;
    return id;
  }

  Model model;
};

} // namespace

TEST_F(Lengths, AreTheContextsUnlessDeclared) {
  std::vector<int32_t> tokens = someTokens(10);
  EXPECT_EQ(run(newSequence(), tokens), expected(tokens, kSpan));
  EXPECT_EQ(run(declared(10), tokens), expected(tokens, 0));
  EXPECT_EQ(run(declared(kShort), tokens), expected(tokens, 0));
  EXPECT_EQ(run(declared(kShort + 1), tokens), expected(tokens, kSpan));
}

TEST_F(Lengths, DoNotDependOnCalls) {
  swage_sequence_t sequence = declared(20);
  std::vector<float> all;
  for (int32_t token : someTokens(20)) {
    std::vector<float> row = run(sequence, {token});
    all.insert(all.end(), row.begin(), row.end());
  }
  EXPECT_EQ(all, expected(someTokens(20), kSpan));
}

TEST_F(Lengths, AreKeptByForks) {
  swage_sequence_t sequence = declared(10), fork;
  run(sequence, {1, 2, 3});
  ASSERT_EQ(swage_sequence_fork(session, sequence, &fork, &status), SWAGE_OK);
  std::vector<float> logits = run(fork, {4});
  EXPECT_EQ(logits[0], expectedLogit({1, 2, 3, 4}, 0, 3));
}

TEST_F(Lengths, OfPaddedTextsAreTheirOwn) {
  constexpr int kLength = 20;
  std::vector<int32_t> tokens(2 * kLength), mask(2 * kLength, 1);
  std::vector<int32_t> longText = someTokens(kLength),
                       shortText = someTokens(5);
  std::copy(longText.begin(), longText.end(), tokens.begin());
  std::copy(shortText.begin(), shortText.end(), tokens.end() - 5);
  std::fill(mask.begin() + kLength, mask.end() - 5, 0);
  swage_padded_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = tokens.data();
  batch.mask = mask.data();
  batch.batch_count = 2;
  batch.length = kLength;
  std::vector<float> logits(2 * kLength * kColumns);
  auto compute = [&] {
    ASSERT_EQ(swage_session_forward_padded(session, &batch, logits.data(),
                                           logits.size(), &status),
              SWAGE_OK)
        << status.message;
  };
  compute();
  auto first = logits.begin(), second = logits.end() - 5 * kColumns;
  EXPECT_EQ(std::vector<float>(first, first + kLength * kColumns),
            expected(longText, kSpan));
  EXPECT_EQ(std::vector<float>(second, logits.end()), expected(shortText, 0));

  // The positions of the short text reach farther than it is long.
  std::vector<int32_t> positions(2 * kLength);
  for (int i = 0; i < kLength; ++i)
    positions[i] = positions[kLength + i] = i;
  batch.positions = positions.data();
  compute();
  EXPECT_EQ(std::vector<float>(second, second + kColumns),
            std::vector<float>(expected({shortText[0]}, kSpan + 15)));
}

TEST_F(Lengths, AreDeclaredOnceAndKept) {
  auto declare = [&](swage_sequence_t id, uint32_t length) {
    swage_sequence_declare(session, id, length, &status);
    return std::string(status.message);
  };
  swage_sequence_t id = newSequence();
  EXPECT_EQ(declare(9, 1), "have sequence 9, require one that exists");
  EXPECT_EQ(declare(id, 0),
            "have length 0, require 1 to 64, the session's context");
  EXPECT_EQ(declare(id, 65),
            "have length 65, require 1 to 64, the session's context");
  EXPECT_EQ(declare(id, 2), "");
  run(id, {1, 2});
  EXPECT_EQ(declare(id, 3),
            "have a sequence of 2 tokens, require an empty one: its tokens are "
            "in the cache as its length asked for");
  swage_sequence_rows_t rows = {id, 1};
  int32_t token = 1;
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = &token;
  batch.row_count = 1;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  EXPECT_EQ(swage_session_forward(session, &batch, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message,
               "have 2 tokens and 1 more for sequence 0, require at most 2, "
               "the length that was declared for it");
}
