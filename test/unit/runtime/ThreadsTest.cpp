//===- ThreadsTest.cpp - Many threads on one module -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "Saved.h"
#include <atomic>
#include <thread>

using namespace toy;

namespace {

constexpr int kUsers = 200, kTokens = 24;

/// What one user of a module does: a prompt of its own, a fork, its own tokens
/// one by one, a copy by way of what was saved. Other sizes than its neighbour.
class User {
public:
  User(swage_module_t *module, int number) : module(module), number(number) {}

  void operator()() {
    swage_session_options_t options =
        sessionOptions(3, 1 + uint32_t(number % 7));
    ASSERT_EQ(swage_session_create(module, &options, &session, &status),
              SWAGE_OK)
        << status.message;
    swage_sequence_t id, fork;
    ASSERT_EQ(swage_sequence_create(session, &id, &status), SWAGE_OK);
    tokens = {number % kVocabulary, number / 4, 1};
    append(id, tokens);
    ASSERT_EQ(swage_sequence_fork(session, id, &fork, &status), SWAGE_OK);
    extend(fork, 1);
    save(fork);
    extend(fork, 2);
    swage_session_destroy(session);
  }

private:
  void append(swage_sequence_t id, const std::vector<int32_t> &more) {
    swage_matrix_t logits;
    ASSERT_EQ(swage_session_append(session, id, more.data(), more.size(),
                                   &logits, &status),
              SWAGE_OK)
        << status.message;
    for (int column = 0; column < kColumns; ++column)
      ASSERT_EQ(logits.data[column],
                expectedLogit(tokens, column, int(tokens.size()) - 1))
          << "user " << number << ", token " << tokens.size();
  }

  void extend(swage_sequence_t id, int seed) {
    for (int i = 0; i < kTokens; ++i) {
      tokens.push_back((number * seed + i) % kVocabulary);
      append(id, {tokens.back()});
    }
  }

  /// Replaces the sequence by what was saved of it.
  void save(swage_sequence_t &id) {
    Saved saved;
    size_t count;
    ASSERT_EQ(saved.save(session, {id}, &status), SWAGE_OK);
    ASSERT_EQ(swage_sequence_destroy(session, id, &status), SWAGE_OK);
    ASSERT_EQ(saved.load(session, &id, 1, &count, &status), SWAGE_OK)
        << status.message;
  }

  swage_module_t *module;
  int number;
  swage_session_t *session = nullptr;
  swage_status_t status = {};
  std::vector<int32_t> tokens;
};

class Threads : public Runtime {};

} // namespace

TEST_F(Threads, TwoHundredSessionsOnOneModule) {
  openDevice(3);
  Model model;
  load(model);
  std::vector<std::thread> users;
  for (int number = 0; number < kUsers; ++number)
    users.emplace_back(User(module, number));
  for (std::thread &user : users)
    user.join();
}

/// Devices, modules and sessions that come and go beside each other.
TEST_F(Threads, ObjectsComeAndGo) {
  Aligned file{Model().write()};
  std::atomic<int> done{0};
  std::vector<std::thread> users;
  for (int number = 0; number < 16; ++number)
    users.emplace_back([&, number] {
      for (int round = 0; round < 3; ++round) {
        swage_device_options_t options = swage_device_options_default();
        options.threads = 1 + uint32_t(number % 3);
        swage_device_t *own = nullptr;
        swage_module_t *loaded = nullptr;
        ASSERT_EQ(swage_device_create(&options, &own, nullptr), SWAGE_OK);
        ASSERT_EQ(swage_module_load_memory(own, file.data(), file.size(),
                                           &loaded, nullptr),
                  SWAGE_OK);
        // A session keeps both alive.
        swage_device_destroy(own);
        std::thread user(User(loaded, number));
        std::thread neighbour(User(loaded, number + 1));
        EXPECT_EQ(swage_module_verify(loaded, nullptr), SWAGE_OK);
        user.join();
        neighbour.join();
        swage_module_destroy(loaded);
      }
      ++done;
    });
  for (std::thread &user : users)
    user.join();
  EXPECT_EQ(done, 16);
}
