//===- SaveTest.cpp - Sequences that are saved and loaded -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "Saved.h"
#include "runtime/schema/saved.h"
#include "swage/swage.hpp"

using namespace toy;

namespace {

std::vector<int32_t> someTokens(size_t count, int seed = 3) {
  std::vector<int32_t> tokens(count);
  for (size_t i = 0; i < count; ++i)
    tokens[i] = (int(i) * 7 + seed) % kVocabulary;
  return tokens;
}

class Save : public Runtime {
protected:
  void save(std::vector<swage_sequence_t> ids) {
    ASSERT_EQ(saved.save(session, ids, &status), SWAGE_OK) << status.message;
    uint64_t size = 0;
    ASSERT_EQ(swage_session_save_size(session, ids.data(), ids.size(), &size,
                                      &status),
              SWAGE_OK);
    EXPECT_EQ(size, saved.bytes.size());
  }

  /// What loading says, into a session that it must not change.
  std::string loadMessage(size_t capacity = 8) {
    swage_sequence_t ids[8];
    size_t count = 99;
    swage_status_code_t code =
        saved.load(session, ids, capacity, &count, &status);
    EXPECT_EQ(code, status.code);
    EXPECT_EQ(code == SWAGE_OK, count != 99);
    for (size_t i = 0; code == SWAGE_OK && i < count; ++i)
      swage_sequence_destroy(session, ids[i], nullptr);
    return status.message;
  }

  std::vector<swage_sequence_t> restore() {
    std::vector<swage_sequence_t> ids(8);
    size_t count = 0;
    EXPECT_EQ(saved.load(session, ids.data(), 8, &count, &status), SWAGE_OK)
        << status.message;
    EXPECT_EQ(saved.at, saved.bytes.size());
    ids.resize(count);
    return ids;
  }

  /// A session of other maxima on the same module.
  void reopenSession(swage_session_options_t options) {
    swage_session_destroy(session);
    session = nullptr;
    openSession(options);
  }

  /// Logit 0 of the next token after `tokens`, by a sequence that has them.
  void expectGoesOn(swage_sequence_t id, std::vector<int32_t> tokens) {
    EXPECT_EQ(length(id), tokens.size());
    for (int32_t token : {11, 12, 13, 14, 15}) {
      tokens.push_back(token);
      EXPECT_EQ(run(id, {token})[0],
                expectedLogit(tokens, 0, int(tokens.size()) - 1));
    }
  }

  swage::schema::SavedHeader header() {
    return swage::schema::readSavedHeader(saved.bytes.data());
  }
  void setHeader(const swage::schema::SavedHeader &header) {
    swage::schema::writeSavedHeader(header, saved.bytes.data());
  }

  Saved saved;
};

} // namespace

TEST_F(Save, GoesOnInAnotherSession) {
  for (size_t count : {0, 1, 3, 4, 5, 23}) {
    open(sessionOptions(2));
    swage_sequence_t id = newSequence();
    if (count)
      run(id, someTokens(count));
    save({id});
    swage_session_options_t other = sessionOptions(5, 3);
    other.context = 30;
    reopenSession(other);
    // Ids and pages are not those that they were.
    run(newSequence(), someTokens(6, 1));
    ASSERT_EQ(restore().size(), 1u);
    expectGoesOn(1, someTokens(count));
    close();
  }
}

TEST_F(Save, GoesOnBesideTheOriginal) {
  open(sessionOptions(3));
  swage_sequence_t id = newSequence();
  run(id, someTokens(10));
  save({id});
  EXPECT_EQ(restore(), std::vector<swage_sequence_t>{1});
  expectGoesOn(id, someTokens(10));
  expectGoesOn(1, someTokens(10));
}

TEST_F(Save, SharedPagesStayShared) {
  open(sessionOptions(4));
  swage_sequence_t id = newSequence(), fork, shorter;
  run(id, someTokens(18));
  ASSERT_EQ(swage_sequence_fork(session, id, &fork, &status), SWAGE_OK);
  ASSERT_EQ(swage_sequence_fork(session, id, &shorter, &status), SWAGE_OK);
  ASSERT_EQ(swage_sequence_truncate(session, shorter, 7, &status), SWAGE_OK);
  run(fork, {40});
  save({id, fork, shorter});
  // Five pages of id, and the one that fork wrote to.
  EXPECT_EQ(header().pageCount, 6u);
  // A session that has just as many.
  swage_session_options_t tight = sessionOptions(3);
  tight.context = 24;
  reopenSession(tight);
  ASSERT_EQ(restore().size(), 3u);
  std::vector<int32_t> forked = someTokens(18);
  forked.push_back(40);
  expectGoesOn(1, forked);
  expectGoesOn(0, someTokens(18));
  expectGoesOn(2, someTokens(7));
}

TEST_F(Save, KeepsDeclaredLengths) {
  open(sessionOptions(2));
  swage_sequence_t id = newSequence();
  ASSERT_EQ(swage_sequence_declare(session, id, 9, &status), SWAGE_OK);
  run(id, someTokens(8));
  save({id});
  swage_sequence_t copy = restore()[0];
  run(copy, {1});
  int32_t token = 1;
  EXPECT_EQ(swage_session_append(session, copy, &token, 1, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_NE(strstr(status.message, "the length that was declared"), nullptr);
  swage_session_options_t small = sessionOptions(2);
  small.context = 8;
  reopenSession(small);
  // Rotation does not depend on lengths here, so the context bounds it alone.
  copy = restore()[0];
  EXPECT_EQ(length(copy), 8u);
  EXPECT_EQ(swage_session_append(session, copy, &token, 1, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message,
               "have 8 tokens and 1 more for sequence 0, require at most 8, "
               "the session's context");
  small.context = 7;
  reopenSession(small);
  EXPECT_EQ(loadMessage(), "saved sequence 0: have 8 tokens, require at most "
                           "7, the session's context");
}

/// Where phases depend on how long a sequence may get, that is the context it
/// was begun with.
TEST_F(Save, KeepsTheContextThatRotationDependsOn) {
  openDevice();
  Model model;
  model.program().position_lengths = {8, 64};
  model.program().position_span = 64;
  load(model);
  swage_session_options_t options = sessionOptions(2);
  options.context = 8;
  openSession(options);
  swage_sequence_t id = newSequence();
  run(id, someTokens(4));
  save({id});
  options.context = 64;
  reopenSession(options);
  swage_sequence_t copy = restore()[0];
  // Rank 0, whose positions begin at 0; a new sequence has rank 1.
  std::vector<int32_t> tokens = someTokens(4);
  tokens.push_back(5);
  EXPECT_EQ(run(copy, {5})[0], expectedLogit(tokens, 0, 4));
  EXPECT_EQ(run(newSequence(), {5})[0], expectedLogit({5}, 0, 64));
  save({copy});
  options.context = 7;
  reopenSession(options);
  EXPECT_EQ(loadMessage(),
            "saved sequence 0: have a length of 8 to which its tokens are "
            "rotated, require at most 7, the session's context");
}

TEST_F(Save, RefusesWhatIsNotItsOwn) {
  open(sessionOptions(2));
  swage_sequence_t id = newSequence();
  run(id, someTokens(9));
  save({id});
  swage_session_options_t options = sessionOptions(2);
  options.kv_cache = "f16";
  reopenSession(options);
  EXPECT_EQ(loadMessage(), "have sequences of cache type 'f32', require 'f16', "
                           "the session's");
  EXPECT_EQ(status.code, SWAGE_INVALID_ARGUMENT);
  close();

  openDevice();
  Model other;
  other.table.metadata[0]->value = "other";
  load(other);
  openSession(sessionOptions(2));
  EXPECT_EQ(loadMessage().substr(0, 33), "have sequences of an artifact of ");
  EXPECT_EQ(status.code, SWAGE_INVALID_ARGUMENT);
}

TEST_F(Save, RefusesWhatDoesNotFit) {
  open(sessionOptions(3));
  swage_sequence_t a = newSequence(), b = newSequence();
  run(a, someTokens(9));
  run(b, someTokens(20, 1));
  save({a, b});
  EXPECT_EQ(loadMessage(), "have 2 saved sequences, require at most 1, the "
                           "free ones of max_sequences");
  swage_session_reset(session);
  EXPECT_EQ(loadMessage(1), "have 2 saved sequences, require at most 1, the "
                            "room for their ids");
  swage_session_options_t options = sessionOptions(3);
  options.context = 19;
  reopenSession(options);
  EXPECT_EQ(loadMessage(), "saved sequence 1: have 20 tokens, require at most "
                           "19, the session's context");
  options.context = 10;
  options.max_sequences = 2;
  reopenSession(options);
  EXPECT_EQ(loadMessage(),
            "have 8 saved pages, require at most 6, the session's free ones; "
            "raise context or max_sequences");
}

TEST_F(Save, RefusesOtherVersions) {
  open(sessionOptions(2));
  save({newSequence()});
  swage::schema::SavedHeader newer = header();
  newer.version = 2;
  setHeader(newer);
  EXPECT_EQ(loadMessage(),
            "have saved sequences of version 2 with a header of 64 bytes, "
            "require version 1 with 64; they are of another version of Swage");
  EXPECT_EQ(status.code, SWAGE_UNSUPPORTED);
}

TEST_F(Save, RefusesCallsThatMakeNoSense) {
  open(sessionOptions(2));
  swage_sequence_t id = newSequence();
  EXPECT_EQ(saved.save(session, {}, &status), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have 0 sequences to save at no address, "
                               "require at least 1");
  EXPECT_EQ(saved.save(session, {id, 1}, &status), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have sequence 1, require one that exists");
  EXPECT_EQ(swage_session_save(session, &id, 1, nullptr, nullptr, &status),
            SWAGE_INVALID_ARGUMENT);
  EXPECT_EQ(swage_session_save(
                session, &id, 1, [](void *, const void *, size_t) { return 1; },
                nullptr, &status),
            SWAGE_IO);
  EXPECT_EQ(swage_session_load(session, Saved::read, &saved, &id, 1, nullptr,
                               &status),
            SWAGE_INVALID_ARGUMENT);
  close();

  openDevice();
  Model model;
  model.makeEncoder();
  load(model);
  openSession(sessionOptions(2));
  EXPECT_EQ(saved.save(session, {newSequence()}, &status), SWAGE_UNSUPPORTED);
  EXPECT_EQ(loadMessage(),
            "entry point 'encode' encodes whole texts and keeps no sequences");
}

TEST_F(Save, FindsEveryCutAndEveryFlippedBit) {
  open(sessionOptions(4));
  swage_sequence_t kept = newSequence(), a = newSequence(), b;
  run(kept, someTokens(5));
  run(a, someTokens(6));
  ASSERT_EQ(swage_sequence_fork(session, a, &b, &status), SWAGE_OK);
  save({a, b});
  ASSERT_EQ(swage_sequence_destroy(session, a, &status), SWAGE_OK);
  ASSERT_EQ(swage_sequence_destroy(session, b, &status), SWAGE_OK);
  std::vector<uint8_t> whole = saved.bytes;
  for (size_t size = 0; size < whole.size(); ++size) {
    saved.bytes.resize(size);
    ASSERT_NE(loadMessage(), "") << size;
    saved.bytes = whole;
  }
  for (size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      saved.bytes[at] ^= uint8_t(1 << bit);
      ASSERT_NE(loadMessage(), "") << "byte " << at << ", bit " << bit;
      ASSERT_TRUE(status.code == SWAGE_DATA_LOSS || status.code == SWAGE_IO)
          << status.message;
      saved.bytes[at] ^= uint8_t(1 << bit);
    }
  EXPECT_EQ(loadMessage(), "");
  // Nothing was lost on the way: all pages are free, and kept is as it was.
  for (int i = 0; i < 3; ++i)
    run(newSequence(), someTokens(kMaxPositions));
  expectGoesOn(kept, someTokens(5));
}

TEST_F(Save, HasAWrapper) {
  open(sessionOptions(2));
  swage::Status failed;
  swage::Device device = swage::Device::open({}, failed);
  swage::Module module =
      swage::Module::load(device, file->data(), file->size(), failed);
  swage::SessionOptions options;
  options.max_sequences = 2;
  swage::Session mine = swage::Session::create(module, options, failed);
  swage::Sequence id = mine.createSequence(failed);
  int32_t tokens[] = {1, 2, 3};
  mine.append(id, tokens, 3, failed);
  std::vector<uint8_t> bytes;
  auto write = [&](const void *data, size_t size) {
    auto *from = static_cast<const uint8_t *>(data);
    bytes.insert(bytes.end(), from, from + size);
    return true;
  };
  mine.save(&id, 1, write, failed);
  EXPECT_EQ(mine.saveSize(&id, 1, failed), bytes.size());
  size_t at = 0;
  swage::Sequence copy = -1;
  size_t count = mine.load(
      [&](void *data, size_t size) {
        memcpy(data, bytes.data() + at, size);
        at += size;
        return true;
      },
      &copy, 1, failed);
  ASSERT_TRUE(failed) << failed.message();
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(mine.append(copy, tokens, 1, failed)[0][0],
            expectedLogit({1, 2, 3, 1}, 0, 3));
  mine.cancel();
  mine.append(copy, tokens, 1, failed);
  EXPECT_EQ(failed.code(), SWAGE_CANCELLED);
}
