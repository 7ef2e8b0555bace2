//===- LimitTest.cpp - Memory limits of devices and sessions --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fixture.h"
#include "test/unit/support/Scarce.h"

using namespace toy;
using swage::test::Scarce;

namespace {

class Limits : public Runtime {
protected:
  void openLimited(uint64_t limit) {
    swage_device_options_t options = swage_device_options_default();
    options.threads = 1;
    options.memory_limit = limit;
    options.allocator = memory.allocator();
    swage_device_create(&options, &device, &status);
  }

  /// Bytes that a session takes from the limit.
  static uint64_t bytesOf(const swage_session_t *session) {
    const swage_session_info_t *info = swage_session_info(session);
    return info->state_bytes + info->arena_bytes;
  }

  /// What making one says.
  std::string createSession(swage_session_options_t options) {
    swage_session_create(module, &options, &session, &status);
    return status.message;
  }

  Scarce memory;
};

constexpr uint64_t kScratch = SWAGE_CPU_SCRATCH_BYTES;

} // namespace

TEST_F(Limits, CountsAllThatComesFromTheDevice) {
  openLimited(0);
  ASSERT_NE(device, nullptr) << status.message;
  uint64_t idle = swage_device_memory(device);
  EXPECT_GE(idle, kScratch);
  Model model;
  load(model);
  uint64_t loaded = swage_device_memory(device);
  EXPECT_GT(loaded, idle);
  openSession(sessionOptions());
  EXPECT_GE(swage_device_memory(device), loaded + bytesOf(session));
  swage_session_destroy(session);
  session = nullptr;
  EXPECT_EQ(swage_device_memory(device), loaded);
  swage_module_destroy(module);
  module = nullptr;
  EXPECT_EQ(swage_device_memory(device), idle);
}

TEST_F(Limits, RefusesADeviceWithoutScratch) {
  openLimited(kScratch - 1);
  EXPECT_EQ(device, nullptr);
  EXPECT_EQ(status.code, SWAGE_OUT_OF_MEMORY);
  EXPECT_NE(strstr(status.message,
                   "bytes left of the device's memory limit, require 1048576 "
                   "for the workers' scratch"),
            nullptr)
      << status.message;
  EXPECT_EQ(memory.inUse, 0);
}

TEST_F(Limits, SaysWhatASessionNeeds) {
  openLimited(kScratch + 100000);
  ASSERT_NE(device, nullptr) << status.message;
  Model model;
  load(model);
  long before = memory.inUse;
  uint64_t used = swage_device_memory(device);
  swage_session_options_t options = sessionOptions(64);
  EXPECT_EQ(swage_session_create(module, &options, &session, &status),
            SWAGE_OUT_OF_MEMORY);
  std::string message = status.message;
  // 64 sequences of 16 pages of 256 bytes.
  EXPECT_NE(message.find("left of the device's memory limit, require "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find(" for a session: 262144 of cache and "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("lower context, max_sequences, max_rows"),
            std::string::npos)
      << message;
  EXPECT_EQ(memory.inUse, before);
  EXPECT_EQ(swage_device_memory(device), used);
  openSession(sessionOptions(1, 4));
  EXPECT_EQ(run(newSequence(), {7})[0], expectedLogit({7}, 0, 0));
}

/// The last byte that lacks is noticed before anything large is taken.
TEST_F(Limits, CountsAllOfASession) {
  Model model;
  file.emplace(model.write());
  auto open = [&](uint64_t limit) {
    openLimited(limit);
    ASSERT_EQ(swage_module_load_memory(device, file->data(), file->size(),
                                       &module, &status),
              SWAGE_OK);
  };
  open(0);
  uint64_t loaded = swage_device_memory(device);
  openSession(sessionOptions());
  uint64_t all = swage_device_memory(device);
  EXPECT_GT(all, loaded + bytesOf(session));
  close();
  open(all - 1);
  EXPECT_EQ(createSession(sessionOptions())
                .find("have " + std::to_string(all - loaded - 1) +
                      " bytes left of the device's memory limit, require " +
                      std::to_string(all - loaded) + " for a session: "),
            0u)
      << status.message;
  EXPECT_EQ(swage_device_memory(device), loaded);
  close();
  open(all);
  EXPECT_EQ(createSession(sessionOptions()), "");
}

TEST_F(Limits, SessionHasItsOwn) {
  openLimited(0);
  Model model;
  load(model);
  swage_session_options_t options = sessionOptions(4);
  uint64_t before = swage_device_memory(device);
  openSession(options);
  uint64_t needed = swage_device_memory(device) - before;
  swage_session_destroy(session);
  session = nullptr;
  options.memory_limit = needed - 1;
  EXPECT_EQ(swage_session_create(module, &options, &session, &status),
            SWAGE_OUT_OF_MEMORY);
  EXPECT_EQ(std::string(status.message)
                .find("have " + std::to_string(needed - 1) +
                      " bytes as the session's memory limit, require " +
                      std::to_string(needed) + " for a session: "),
            0u)
      << status.message;
  options.memory_limit = needed;
  openSession(options);
}

/// Every limit below what is needed is refused cleanly, wherever it ends.
TEST_F(Limits, AnyLimitIsRefusedCleanly) {
  Model model;
  file.emplace(model.write());
  swage_session_options_t sizes = sessionOptions(1, 4);
  openLimited(0);
  load(model);
  openSession(sizes);
  uint64_t all = swage_device_memory(device);
  close();
  for (uint64_t limit = kScratch; limit < all + 64; limit += 61) {
    openLimited(limit);
    bool done = device &&
                !swage_module_load_memory(device, file->data(), file->size(),
                                          &module, &status) &&
                !swage_session_create(module, &sizes, &session, &status);
    EXPECT_EQ(done, limit >= all) << limit;
    if (!done) {
      EXPECT_EQ(status.code, SWAGE_OUT_OF_MEMORY) << limit;
      EXPECT_NE(strstr(status.message, "the device's memory limit"), nullptr)
          << limit << ": " << status.message;
    } else {
      EXPECT_LE(swage_device_memory(device), limit);
    }
    close();
    EXPECT_EQ(memory.inUse, 0) << limit;
  }
}
