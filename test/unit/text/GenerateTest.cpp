//===- GenerateTest.cpp - Text from a prompt, a token at a time -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/generate.h"
#include "TinyTable.h"
#include "ToyModel.h"
#include "test/unit/support/Scarce.h"
#include <gtest/gtest.h>
#include <optional>

using swage::test::Scarce;

namespace {

/// The toy model with a tokenizer whose tokens are the bytes. Its largest logit
/// is always the last one, for the byte 9.
class Generate : public testing::Test {
protected:
  Generate() {
    options.size = sizeof(options);
    options.max_tokens = 4;
  }
  ~Generate() override { close(); }

  void load(std::vector<uint32_t> eos = {258}) {
    swage::test::TinyTable tiny;
    tiny.prefix.clear();
    tiny.eos = std::move(eos);
    swage::test::AlignedBytes table = tiny.build();
    toy::Model model;
    model.segments[2].assign(table.data(), table.data() + table.size());
    file.emplace(model.write());
    ASSERT_EQ(swage_device_create(nullptr, &device, &status), SWAGE_OK);
    ASSERT_EQ(swage_module_load_memory(device, file->data(), file->size(),
                                       &module, &status),
              SWAGE_OK)
        << status.message;
  }

  void close() {
    swage_generator_close(&generator);
    swage_module_destroy(module);
    swage_device_destroy(device);
    module = nullptr;
    device = nullptr;
  }

  swage_status_code_t open() {
    return swage_generator_open(&generator, module, &options, &status);
  }
  swage_status_code_t start(const char *prompt = "\1\2\3") {
    return swage_generator_start(&generator, prompt, &status);
  }

  /// All text; calls that fail are counted and made again.
  std::string rest() {
    std::string all;
    int inARow = 0;
    while (inARow < 3) {
      std::memset(&status, 'x', sizeof(status));
      const char *text = swage_generator_next(&generator, &status);
      if (text)
        all += text;
      else if (status.code == SWAGE_OK)
        return all;
      else
        ++failures;
      inARow = text ? 0 : inARow + 1;
    }
    ADD_FAILURE() << "failed three times: " << status.message;
    return all;
  }

  std::optional<toy::Aligned> file;
  swage_device_t *device = nullptr;
  swage_module_t *module = nullptr;
  swage_generator_options_t options = {};
  swage_generator_t generator = {};
  swage_status_t status = {};
  int failures = 0;
};

} // namespace

TEST_F(Generate, GivesTextUntilItHasEnough) {
  load();
  ASSERT_EQ(open(), SWAGE_OK) << status.message;
  ASSERT_EQ(start(), SWAGE_OK) << status.message;
  EXPECT_EQ(rest(), "\t\t\t\t");
  // The end stays the end, and a new text begins anew.
  EXPECT_EQ(rest(), "");
  ASSERT_EQ(start("\5"), SWAGE_OK);
  EXPECT_EQ(rest(), "\t\t\t\t");
  EXPECT_EQ(failures, 0);
}

TEST_F(Generate, EndsWithTheTextOrTheContext) {
  load();
  swage_session_options_t sizes = swage_session_options_default();
  sizes.context = 5;
  options.session = &sizes;
  options.max_tokens = 0;
  ASSERT_EQ(open(), SWAGE_OK) << status.message;
  ASSERT_EQ(start(), SWAGE_OK);
  EXPECT_EQ(rest(), "\t\t");
  EXPECT_EQ(start("\1\2\3\4\5\6"), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "have a prompt of 6 tokens, require 1 to 5, the "
                               "session's context");
  EXPECT_EQ(rest(), "");
  EXPECT_EQ(start(nullptr), SWAGE_INVALID_ARGUMENT);
  EXPECT_STREQ(status.message, "text is null");
  close();
  load({9});
  ASSERT_EQ(open(), SWAGE_OK);
  ASSERT_EQ(start(), SWAGE_OK);
  EXPECT_EQ(rest(), "");
}

TEST_F(Generate, GoesOnAfterACancelledCall) {
  load();
  ASSERT_EQ(open(), SWAGE_OK);
  ASSERT_EQ(start(), SWAGE_OK);
  EXPECT_STREQ(swage_generator_next(&generator, &status), "\t");
  swage_session_cancel(generator.session);
  EXPECT_EQ(swage_generator_next(&generator, &status), nullptr);
  EXPECT_EQ(status.code, SWAGE_CANCELLED);
  EXPECT_EQ(rest(), "\t\t\t");
}

/// Whatever allocation fails, the call can be made again, and the text is the
/// same: no token is left out, drawn twice or forgotten.
TEST_F(Generate, GoesOnAfterEachFailedAllocation) {
  load();
  options.max_tokens = 20;
  options.sampling.temperature = 300;
  options.sampling.repetition_penalty = 1.2f;
  options.sampling.seed = 7;
  auto live = [&](Scarce &memory) {
    options.allocator = memory.allocator();
    failures = 0;
    if (open()) {
      ++failures;
      EXPECT_EQ(open(), SWAGE_OK) << status.message;
    }
    if (start()) {
      ++failures;
      EXPECT_EQ(start(), SWAGE_OK) << status.message;
    }
    std::string text = rest();
    swage_generator_close(&generator);
    EXPECT_EQ(memory.inUse, 0);
    return text;
  };
  Scarce plenty;
  std::string expected = live(plenty);
  EXPECT_EQ(failures, 0);
  ASSERT_GT(plenty.calls, 10);
  for (long i = 0; i < plenty.calls; ++i) {
    Scarce memory(i);
    EXPECT_EQ(live(memory), expected) << "allocation " << i;
    EXPECT_EQ(failures, 1) << "allocation " << i;
  }
}

TEST_F(Generate, OptionsOfOtherVersions) {
  load();
  options.max_tokens = 2;
  struct {
    swage_generator_options_t known;
    uint64_t later;
  } given = {options, 0};
  auto answer = [&](size_t size) -> std::string {
    given.known.size = size;
    if (swage_generator_open(&generator, module, &given.known, &status) ||
        start())
      return status.message;
    std::string text = rest();
    swage_generator_close(&generator);
    return text;
  };
  EXPECT_EQ(answer(sizeof(given.known)), "\t\t");
  EXPECT_EQ(answer(sizeof(given)), "\t\t");
  EXPECT_EQ(answer(offsetof(swage_generator_options_t, allocator)), "\t\t");
  std::string known = std::to_string(sizeof(given.known));
  EXPECT_EQ(answer(0), "have generator options of size 0, require the "
                       "structure's, " +
                           known);
  given.later = 1;
  EXPECT_EQ(answer(sizeof(given)), "have generator options of size " +
                                       std::to_string(sizeof(given)) +
                                       ", require the structure's, " + known);
  EXPECT_EQ(generator.session, nullptr);
}
