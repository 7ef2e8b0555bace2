//===- Prompts.cpp - Which prompts artifacts carry ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/golden/Golden.h"
#include "swage/text.hpp"
#include <algorithm>

using namespace swage;
using namespace swage::golden;

/// Prompts begin with different sentences of it and go on behind its end with
/// its beginning. It has more than 70 tokens in any tokenizer.
static constexpr const char *kSentences[] = {
    "The lighthouse keeper climbed the stairs every evening, lit the lamp and "
    "wrote the weather into a book that nobody read. ",
    "Take two cups of flour, a spoon of salt and as much water as the dough "
    "will hold; knead it for ten minutes, then let it rest. ",
    "In 1969 the river stood 3.5 metres above its bed, and the old bridge, "
    "built of oak and iron, was carried away within an hour. ",
    "\"Why is the sky blue?\" asked the child, and the teacher, who had been "
    "waiting for years to be asked, put down her chalk. ",
    "for i in range(10): print(i * i) # squares of the first ten numbers\n",
    "Le train de nuit part à 21 h 40; er kommt um sechs Uhr morgens an. ",
};

/// Tokens of a prompt: for a few rows, for many, and across the end of a cache
/// page of 64 positions. The last token alone is what one row is made for.
static size_t lengthOf(unsigned prompt) {
  static constexpr size_t lengths[] = {5, 19, 70};
  return lengths[prompt % std::size(lengths)] + prompt / std::size(lengths);
}

/// Ids that look random, by the finalizer of SplitMix64.
static std::vector<int32_t> fixedIds(unsigned prompt, size_t length,
                                     uint32_t vocabularySize) {
  std::vector<int32_t> ids(length);
  for (size_t i = 0; i < length; ++i) {
    uint64_t x = ((uint64_t(prompt) << 32) + i + 1) * 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    ids[i] = int32_t((x ^ (x >> 31)) % vocabularySize);
  }
  return ids;
}

static std::string textOf(unsigned prompt) {
  std::string text;
  constexpr size_t count = std::size(kSentences);
  for (size_t i = 0; i < count; ++i)
    text += kSentences[(prompt + i) % count];
  return text;
}

llvm::Expected<std::vector<std::vector<int32_t>>>
golden::choosePrompts(unsigned count, const Vocabulary &vocabulary) {
  std::optional<Tokenizer> tokenizer;
  swage_status_t status = {};
  if (!vocabulary.tokenizer.empty()) {
    tokenizer = Tokenizer::create(vocabulary.tokenizer.data(),
                                  vocabulary.tokenizer.size(), &status);
    if (!tokenizer)
      return llvm::createStringError("tokenizer: %s", status.message);
  }
  std::vector<std::vector<int32_t>> prompts;
  for (unsigned i = 0; i < count; ++i) {
    size_t length = std::min<size_t>(lengthOf(i), vocabulary.maxPositions);
    std::vector<int32_t> ids;
    if (tokenizer) {
      auto encoded =
          tokenizer->encode(textOf(i), SWAGE_ENCODE_ADD_SPECIAL, &status);
      if (!encoded)
        return llvm::createStringError("tokenizer: %s", status.message);
      ids = std::move(*encoded);
      ids.resize(std::min(ids.size(), length));
    }
    // A tokenizer may have more ids than the model has rows for.
    bool fits = std::all_of(ids.begin(), ids.end(), [&](int32_t id) {
      return id >= 0 && uint32_t(id) < vocabulary.size;
    });
    if (ids.empty() || !fits)
      ids = fixedIds(i, length, vocabulary.size);
    prompts.push_back(std::move(ids));
  }
  return prompts;
}
