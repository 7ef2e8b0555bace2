//===- MemoryTest.cpp - Exhausted memory is a status ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SystemCalls.h"
#include "TinyTable.h"
#include "swage/text.h"
#include "test/unit/support/Scarce.h"
#include <functional>
#include <gtest/gtest.h>

using namespace swage::test;

namespace {

/// Uses everything that allocates, while one allocation fails. The call that it
/// was for must say so, and work when it is made again.
class Use {
public:
  Use(AlignedBytes &bytes, long failAt) : scarce(failAt) {
    swage_allocator_t scarcely = scarce.allocator();
    swage_allocator_t allocator = unwatched(scarcely);
    swage_tokenizer_t *tokenizer = nullptr;
    swage_decoder_t *decoder = nullptr;
    swage_sampler_t *sampler = nullptr;
    attemptNew([&] {
      return swage_tokenizer_create(bytes.data(), bytes.size(), &allocator,
                                    &tokenizer, &status);
    });
    encode(tokenizer);
    chat(tokenizer);
    attemptNew(
        [&] { return swage_decoder_create(tokenizer, 0, &decoder, &status); });
    decode(decoder);
    swage_sampler_options_t options = {};
    options.size = sizeof(options);
    options.temperature = 1;
    options.repetition_penalty = 2;
    attemptNew([&] {
      return swage_sampler_create(&options, &allocator, &sampler, &status);
    });
    sample(sampler);
    swage_sampler_destroy(sampler);
    swage_decoder_destroy(decoder);
    swage_tokenizer_destroy(tokenizer);
    EXPECT_EQ(scarce.inUse, 0);
    EXPECT_EQ(system.heap, 0) << "not by the caller's allocator";
  }

  long allocations() const { return scarce.calls; }
  int failures = 0;
  std::string results; ///< of all calls

private:
  void attempt(std::function<swage_status_code_t()> call) {
    for (int trial = 0; trial < 2; ++trial) {
      watch(&system);
      swage_status_code_t code = call();
      watch(nullptr);
      EXPECT_EQ(code, status.code);
      if (code == SWAGE_OK)
        return;
      EXPECT_EQ(code, SWAGE_OUT_OF_MEMORY);
      EXPECT_STREQ(status.message, "out of memory");
      ++failures;
    }
    ADD_FAILURE() << "failed twice";
  }
  /// Objects that cannot be made leave nothing behind.
  void attemptNew(std::function<swage_status_code_t()> create) {
    long before = scarce.inUse;
    attempt([&] {
      swage_status_code_t code = create();
      if (code) {
        EXPECT_EQ(scarce.inUse, before);
      }
      return code;
    });
  }

  void encode(const swage_tokenizer_t *tokenizer) {
    const char input[] = "abc </s>12 \xFF xyz";
    int32_t ids[64];
    size_t count = 0;
    attempt([&] {
      return swage_tokenizer_encode(tokenizer, input, sizeof(input) - 1, 3, ids,
                                    64, &count, &status);
    });
    ASSERT_LE(count, 64u);
    for (size_t i = 0; i < count; ++i)
      results += std::to_string(ids[i]) + " ";
  }
  void chat(const swage_tokenizer_t *tokenizer) {
    swage_chat_message_t messages[] = {{"user", "hi"}, {"assistant", "ho"}};
    char text[256];
    size_t length = 0;
    attempt([&] {
      return swage_chat_apply(tokenizer, messages, 2, 0, text, sizeof(text),
                              &length, &status);
    });
    results.append(text, length);
  }
  void decode(swage_decoder_t *decoder) {
    const char *text = "";
    size_t length = 0;
    for (int32_t id : {257, 0xE6, 258}) {
      attempt([&] {
        return swage_decoder_push(decoder, id, &text, &length, &status);
      });
      results.append(text, length);
    }
    attempt(
        [&] { return swage_decoder_flush(decoder, &text, &length, &status); });
    results.append(text, length);
  }
  void sample(swage_sampler_t *sampler) {
    const float logits[] = {1, 2, 3};
    int32_t history = 0, id = -1;
    for (int i = 0; i < 8; ++i) {
      attempt([&] {
        return swage_sampler_sample(sampler, logits, 3, &history, 1, &id,
                                    &status);
      });
      results += std::to_string(id);
    }
  }

  Scarce scarce;
  SystemCalls system;
  swage_status_t status = {};
};

/// Lets each allocation fail in turn that using `tiny` needs.
void failEach(TinyTable tiny) {
  tiny.chatTemplate = "{% for m in messages %}{% set x = [m.role | upper, 1.5] "
                      "%}{{ x ~ m.content }}{% endfor %}";
  AlignedBytes bytes = tiny.build();
  Use plenty(bytes, -1);
  EXPECT_EQ(plenty.failures, 0);
  EXPECT_NE(plenty.results.find("['USER', 1.5]hi"), std::string::npos)
      << plenty.results;
  EXPECT_GT(plenty.allocations(), 20);
  for (long i = 0; i < plenty.allocations(); ++i) {
    Use use(bytes, i);
    EXPECT_EQ(use.failures, 1) << "allocation " << i;
    EXPECT_EQ(use.results, plenty.results) << "allocation " << i;
  }
}

TEST(Memory, EveryAllocationMayFail) {
  TinyTable tiny;
  tiny.ignoreMerges = true;
  tiny.steps = {table::PreTokenizerStep::Digits,
                table::PreTokenizerStep::ByteLevel};
  failEach(tiny);
  // Behind the byte-level step.
  tiny.steps = {table::PreTokenizerStep::ByteLevel,
                table::PreTokenizerStep::Digits};
  failEach(tiny);
}

TEST(Memory, EveryAllocationOfOtherModelsMayFail) {
  TinyTable tiny;
  tiny.steps.clear();
  tiny.merges.clear();
  tiny.scores.assign(tiny.tokens.size(), 0);
  tiny.normalizer = table::NormalizerStep::SentencePiece;
  tiny.prefixScheme = table::PrependScheme::Always;
  tiny.flags['x'] = table::TokenFlag::Model | table::TokenFlag::UserDefined;
  tiny.flags[257] = table::TokenFlag::Model | table::TokenFlag::Unused;
  tiny.wordPrefix = "_";
  for (auto model : {table::ModelKind::CharacterBpe, table::ModelKind::Unigram,
                     table::ModelKind::WordPiece}) {
    tiny.model = model;
    failEach(tiny);
  }
}

} // namespace
