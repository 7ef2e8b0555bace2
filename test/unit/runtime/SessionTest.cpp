//===- SessionTest.cpp - Forward, chunks, threads and sequences -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include <numeric>
#include <thread>

using namespace toy;

namespace {

class Session : public Runtime {};

std::vector<int32_t> someTokens(size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t i = 0; i < count; ++i)
    tokens[i] = int32_t((i * 7 + 3) % kVocabulary);
  return tokens;
}

/// Logits of every prefix of `tokens`, from the `from`-th on.
std::vector<float> expected(const std::vector<int32_t> &tokens,
                            size_t from = 0) {
  std::vector<float> result;
  for (size_t i = from; i < tokens.size(); ++i)
    for (int c = 0; c < kColumns; ++c)
      result.push_back(
          expectedLogit({tokens.begin(), tokens.begin() + i + 1}, c, int(i)));
  return result;
}

} // namespace

TEST_F(Session, ComputesAPrompt) {
  open(sessionOptions());
  EXPECT_EQ(run(newSequence(), someTokens(13)), expected(someTokens(13)));
}

TEST_F(Session, TokenByTokenEqualsPrompt) {
  open(sessionOptions());
  swage_sequence_t sequence = newSequence();
  std::vector<float> all;
  for (int32_t token : someTokens(13)) {
    std::vector<float> row = run(sequence, {token});
    all.insert(all.end(), row.begin(), row.end());
  }
  EXPECT_EQ(all, expected(someTokens(13)));
  EXPECT_EQ(length(sequence), 13u);
}

TEST_F(Session, ChunksAndThreadsDoNotShow) {
  for (uint32_t threads : {1, 2, 4})
    for (uint32_t rows : {1, 2, 3, 7, 64}) {
      open(sessionOptions(4, rows), threads);
      EXPECT_EQ(swage_device_threads(device), threads);
      EXPECT_EQ(run(newSequence(), someTokens(33)), expected(someTokens(33)))
          << threads << " threads, " << rows << " rows";
      close();
    }
}

TEST_F(Session, BatchOfSequencesGivesLastRowsByDefault) {
  for (uint32_t maxRows : {1, 4, 512}) {
    open(sessionOptions(3, maxRows), 2);
    swage_sequence_rows_t rows[3] = {
        {newSequence(), 5}, {newSequence(), 1}, {newSequence(), 6}};
    std::vector<int32_t> tokens = someTokens(12);
    swage_batch_t batch = SWAGE_ZERO;
    batch.size = sizeof(batch);
    batch.tokens = tokens.data();
    batch.row_count = tokens.size();
    batch.sequences = rows;
    batch.sequence_count = 3;
    swage_matrix_t logits;
    ASSERT_EQ(swage_session_forward(session, &batch, &logits, &status),
              SWAGE_OK)
        << status.message;
    ASSERT_EQ(logits.rows, 3u);
    EXPECT_EQ(logits.columns, size_t(kColumns));
    size_t starts[] = {0, 5, 6, 12};
    for (size_t i = 0; i < 3; ++i)
      for (int c = 0; c < kColumns; ++c)
        EXPECT_EQ(logits.data[i * logits.row_length + size_t(c)],
                  expectedLogit({tokens.begin() + long(starts[i]),
                                 tokens.begin() + long(starts[i + 1])},
                                c, int(rows[i].row_count) - 1));
    close();
  }
}

TEST_F(Session, GivesOnlyWantedRows) {
  open(sessionOptions(1, 5));
  std::vector<int32_t> tokens = someTokens(12), wanted = {1, 4, 5, 11};
  swage_sequence_rows_t rows = {newSequence(), 12};
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = tokens.data();
  batch.row_count = 12;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  batch.logit_rows = wanted.data();
  batch.logit_row_count = 4;
  swage_matrix_t logits;
  ASSERT_EQ(swage_session_forward(session, &batch, &logits, &status), SWAGE_OK);
  std::vector<float> all = expected(tokens);
  ASSERT_EQ(logits.rows, 4u);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(logits.data[i * logits.row_length],
              all[size_t(wanted[i]) * kColumns]);
  batch.logit_row_count = 0;
  ASSERT_EQ(swage_session_forward(session, &batch, &logits, &status), SWAGE_OK);
  EXPECT_EQ(logits.rows, 0u);
  EXPECT_EQ(length(rows.sequence), 24u);
}

TEST_F(Session, TakesPositionsOfTheCaller) {
  open(sessionOptions(1, 2));
  std::vector<int32_t> tokens = {4, 5, 6}, positions = {9, 0, 63};
  swage_sequence_rows_t rows = {newSequence(), 3};
  swage_batch_t batch = SWAGE_ZERO;
  batch.size = sizeof(batch);
  batch.tokens = tokens.data();
  batch.row_count = 3;
  batch.sequences = &rows;
  batch.sequence_count = 1;
  batch.positions = positions.data();
  swage_matrix_t logits;
  ASSERT_EQ(swage_session_forward(session, &batch, &logits, &status), SWAGE_OK);
  EXPECT_EQ(logits.data[0], expectedLogit(tokens, 0, 63));
}

TEST_F(Session, ForkSharesAndCopiesOnWrite) {
  open(sessionOptions(3));
  swage_sequence_t a = newSequence(), b, c;
  std::vector<int32_t> past = someTokens(6), left = past, right = past;
  run(a, past);
  ASSERT_EQ(swage_sequence_fork(session, a, &b, &status), SWAGE_OK);
  EXPECT_EQ(length(b), 6u);
  left.insert(left.end(), {1, 2, 3, 4, 5});
  right.insert(right.end(), {11, 12, 13, 14, 15});
  EXPECT_EQ(run(a, {1, 2, 3, 4, 5}), expected(left, 6));
  EXPECT_EQ(run(b, {11, 12, 13, 14, 15}), expected(right, 6));
  // Cut into a page that is shared and full, then grow it.
  ASSERT_EQ(swage_sequence_fork(session, a, &c, &status), SWAGE_OK);
  ASSERT_EQ(swage_sequence_truncate(session, c, 2, &status), SWAGE_OK);
  EXPECT_EQ(run(c, {20, 21}), expected({past[0], past[1], 20, 21}, 2));
  left.push_back(30);
  EXPECT_EQ(run(a, {30}), expected(left, 11));
}

TEST_F(Session, TruncateForgets) {
  open(sessionOptions(1));
  swage_sequence_t a = newSequence();
  run(a, someTokens(20));
  ASSERT_EQ(swage_sequence_truncate(session, a, 5, &status), SWAGE_OK);
  EXPECT_EQ(length(a), 5u);
  std::vector<int32_t> all = someTokens(5);
  all.insert(all.end(), {40, 41});
  EXPECT_EQ(run(a, {40, 41}), expected(all, 5));
  EXPECT_EQ(swage_sequence_truncate(session, a, 8, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message,
               "have length 8, require at most 7, the sequence's");
}

TEST_F(Session, PagesComeBack) {
  open(sessionOptions(2));
  for (int round = 0; round < 20; ++round) {
    swage_sequence_t a = newSequence(), b;
    EXPECT_EQ(run(a, someTokens(63)), expected(someTokens(63)));
    ASSERT_EQ(swage_sequence_fork(session, a, &b, &status), SWAGE_OK);
    std::vector<int32_t> all = someTokens(63);
    all.push_back(round);
    EXPECT_EQ(run(b, {round}), expected(all, 63));
    if (round % 2) {
      swage_session_reset(session);
    } else {
      ASSERT_EQ(swage_sequence_destroy(session, a, &status), SWAGE_OK);
      ASSERT_EQ(swage_sequence_destroy(session, b, &status), SWAGE_OK);
    }
  }
}

TEST_F(Session, PicksCacheTypeAndSizes) {
  swage_session_options_t options = sessionOptions(2);
  options.kv_cache = "f16";
  options.context = 9;
  open(options);
  const swage_session_info_t *info = swage_session_info(session);
  EXPECT_STREQ(info->kv_cache, "f16");
  EXPECT_STREQ(info->entry_point, "forward");
  EXPECT_EQ(info->context, 9u);
  EXPECT_EQ(info->columns, uint32_t(kColumns));
  // Two sequences of three pages of 320 bytes.
  EXPECT_EQ(info->state_bytes, 2u * 3 * 320);
  EXPECT_EQ(run(newSequence(), someTokens(9)), expected(someTokens(9)));
}

TEST_F(Session, ArenaIsReused) {
  swage_session_options_t options = sessionOptions(1, 8);
  options.max_logit_rows = 1;
  open(options);
  // embedded and summed share memory, added lives between them. Tokens, batch
  // (1 sequence, 16 pages, 8 rows) and logit rows round up to 64 bytes; a
  // tile of logits is four rows.
  uint64_t rows = 8 * 64, arguments = 64 + 128 + 64, results = 4 * 64;
  EXPECT_EQ(swage_session_info(session)->arena_bytes,
            2 * rows + arguments + results);
}

TEST_F(Session, ProfileNamesEachDispatch) {
  open(sessionOptions(1, 4), 2);
  std::vector<swage_profile_event_t> events;
  swage_session_set_profile(
      session,
      [](void *self, const swage_profile_event_t *event) {
        static_cast<std::vector<swage_profile_event_t> *>(self)->push_back(
            *event);
      },
      &events);
  swage_sequence_t sequence = newSequence();
  EXPECT_EQ(run(sequence, someTokens(6)), expected(someTokens(6)));
  ASSERT_EQ(events.size(), 8u);
  EXPECT_STREQ(events[0].name, "embed");
  EXPECT_STREQ(events[0].kernel, "toy_embed");
  EXPECT_EQ(events[0].bytes, 4u * 128);
  EXPECT_EQ(events[0].rows, 4u);
  EXPECT_EQ(events[7].grid, 2u);
  swage_session_set_profile(session, nullptr, nullptr);
  run(sequence, {1});
  EXPECT_EQ(events.size(), 8u);
}

TEST_F(Session, ManyThreadsManySessions) {
  openDevice(2);
  Model model;
  load(model);
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user)
    users.emplace_back([this] {
      swage_session_options_t options = sessionOptions(1, 3);
      swage_session_t *mine = nullptr;
      swage_sequence_t id;
      ASSERT_EQ(swage_session_create(module, &options, &mine, nullptr),
                SWAGE_OK);
      swage_sequence_create(mine, &id, nullptr);
      std::vector<int32_t> tokens = someTokens(40);
      for (size_t i = 0; i < tokens.size(); ++i) {
        swage_sequence_rows_t rows = {id, 1};
        swage_batch_t batch = SWAGE_ZERO;
        batch.size = sizeof(batch);
        batch.tokens = &tokens[i];
        batch.row_count = 1;
        batch.sequences = &rows;
        batch.sequence_count = 1;
        swage_matrix_t logits;
        ASSERT_EQ(swage_session_forward(mine, &batch, &logits, nullptr),
                  SWAGE_OK);
        EXPECT_EQ(logits.data[0],
                  expectedLogit({tokens.begin(), tokens.begin() + long(i) + 1},
                                0, int(i)));
      }
      swage_session_destroy(mine);
    });
  for (std::thread &user : users)
    user.join();
}

TEST_F(Session, ObjectsMayBeDestroyedInAnyOrder) {
  open(sessionOptions(1), 2);
  swage_device_destroy(device);
  swage_module_destroy(module);
  device = nullptr;
  module = nullptr;
  EXPECT_EQ(run(newSequence(), someTokens(3)), expected(someTokens(3)));
}
