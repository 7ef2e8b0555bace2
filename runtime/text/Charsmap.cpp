//===- Charsmap.cpp - SentencePiece's rules for rewriting text ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Charsmap.h"
#include "Status.h"
#include "Unicode.h"

using namespace swage::text;

static constexpr uint32_t kIsPlace = uint32_t(1) << 31;

/// How far, by exclusive or, a unit is from its base.
static uint32_t wayToBase(uint32_t unit) {
  return (unit >> 10) << ((unit & 0x200) >> 6);
}
static bool endsRule(uint32_t unit) { return unit & 0x100; }

swage_status_code_t Charsmap::create(const schema::text::Charsmap &map,
                                     unsigned index, swage_status_t *status) {
  trie = map.trie();
  replacements = reinterpret_cast<const char *>(map.replacements()->data());
  size_t size = map.replacements()->size();
  if (!isWellFormed({replacements, size}) ||
      (size && replacements[size - 1] != '\0'))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: charsmap of normalizer step %u: the replacements "
                "are not zero-terminated UTF-8",
                index);
  if (trie->size() == 0)
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: charsmap of normalizer step %u has no trie", index);
  for (uint32_t i = 0; i < trie->size(); ++i) {
    uint32_t unit = trie->Get(i);
    if (unit & kIsPlace)
      continue;
    uint32_t base = i ^ wayToBase(unit);
    // Children are anywhere in the 256 units around the base.
    if ((base | 0xFF) >= trie->size())
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: charsmap of normalizer step %u: unit %u leads to "
                  "unit %u, there are %u",
                  index, i, base | 0xFF, trie->size());
    uint32_t place = trie->Get(base) & ~kIsPlace;
    if (endsRule(unit) &&
        (place >= size || isContinuation(replacements[place])))
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: charsmap of normalizer step %u: unit %u leads to "
                  "byte %u of the replacements, which have %zu, or into a "
                  "character",
                  index, i, place, size);
  }
  return SWAGE_OK;
}

Charsmap::Match Charsmap::find(Span text, bool takeFirst) const {
  Match match;
  uint32_t at = wayToBase(trie->Get(0));
  for (size_t i = 0; i < text.size && text.data[i]; ++i) {
    auto byte = static_cast<unsigned char>(text.data[i]);
    at ^= byte;
    uint32_t unit = trie->Get(at);
    if ((unit & (kIsPlace | 0xFF)) != byte)
      break;
    at ^= wayToBase(unit);
    if (!endsRule(unit))
      continue;
    const char *replacement = replacements + (trie->Get(at) & ~kIsPlace);
    match = {i + 1, {replacement, std::strlen(replacement)}};
    if (takeFirst)
      break;
  }
  return match;
}

bool swage::text::appendPrecompiled(Span text, const Charsmap &map,
                                    Array<char> &out) {
  // Larger clusters are only looked at character by character.
  constexpr size_t kLargestWhole = 5;
  for (size_t at = 0; at < text.size;) {
    Span cluster = {text.data + at, text.size - at};
    cluster.size = nextGrapheme(cluster);
    at += cluster.size;
    if (cluster.size <= kLargestWhole) {
      Charsmap::Match match = map.shortest(cluster);
      if (match.size) {
        if (!out.append(match.replacement.data, match.replacement.size))
          return false;
        continue;
      }
    }
    for (size_t i = 0; i < cluster.size;) {
      Span character = {cluster.data + i, cluster.size - i};
      character.size = nextUnit(character).length;
      i += character.size;
      Charsmap::Match match = map.shortest(character);
      Span made = match.size ? match.replacement : character;
      if (!out.append(made.data, made.size))
        return false;
    }
  }
  return true;
}
