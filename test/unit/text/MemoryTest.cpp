//===- MemoryTest.cpp - Exhausted memory is a status ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TinyTable.h"
#include "swage/text.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace swage::test;

namespace {

/// Fails from the n-th allocation on, and counts what is not freed.
struct Allocator {
  size_t left;
  size_t live = 0;

  swage_allocator_t get() {
    return {this,
            [](void *self, size_t size, size_t) -> void * {
              auto *allocator = static_cast<Allocator *>(self);
              if (allocator->left == 0)
                return nullptr;
              --allocator->left;
              allocator->live += size;
              return std::malloc(size);
            },
            [](void *self, void *pointer, size_t size) {
              static_cast<Allocator *>(self)->live -= size;
              std::free(pointer);
            }};
  }
};

/// Everything that allocates, up to the first failure.
swage_status_code_t useAll(AlignedBytes &bytes, swage_allocator_t allocator) {
  swage_status_t status;
  swage_tokenizer_t *tokenizer = nullptr;
  swage_decoder_t *decoder = nullptr;
  swage_sampler_t *sampler = nullptr;
  swage_status_code_t code = swage_tokenizer_create(
      bytes.data(), bytes.size(), &allocator, &tokenizer, &status);
  const char input[] = "abc </s>12 \xFF xyz";
  size_t count = 0;
  if (!code)
    code = swage_tokenizer_encode(tokenizer, input, sizeof(input) - 1, 3,
                                  nullptr, 0, &count, &status);
  if (!code)
    code = swage_decoder_create(tokenizer, 0, &decoder, &status);
  const char *text = nullptr;
  size_t length = 0;
  for (int32_t id : {257, 0xE6, 258})
    if (!code)
      code = swage_decoder_push(decoder, id, &text, &length, &status);
  if (!code)
    code = swage_decoder_flush(decoder, &text, &length, &status);
  swage_sampler_options_t options = {};
  options.size = sizeof(options);
  options.temperature = 1;
  options.repetition_penalty = 2;
  if (!code)
    code = swage_sampler_create(&options, &allocator, &sampler, &status);
  const float logits[] = {1, 2, 3};
  int32_t history = 0, id = -1;
  if (!code)
    code = swage_sampler_sample(sampler, logits, 3, &history, 1, &id, &status);
  if (code)
    EXPECT_STREQ(status.message, "out of memory");
  swage_sampler_destroy(sampler);
  swage_decoder_destroy(decoder);
  swage_tokenizer_destroy(tokenizer);
  return code;
}

/// Lets each allocation fail in turn that using `tiny` needs.
void failEach(const TinyTable &tiny) {
  AlignedBytes bytes = tiny.build();
  size_t failures = 0;
  for (size_t allowed = 0;; ++allowed) {
    Allocator allocator{allowed};
    swage_status_code_t code = useAll(bytes, allocator.get());
    EXPECT_EQ(allocator.live, 0u) << allowed;
    if (code == SWAGE_OK)
      break;
    ASSERT_EQ(code, SWAGE_OUT_OF_MEMORY) << allowed;
    ++failures;
  }
  EXPECT_GT(failures, 20u);
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
