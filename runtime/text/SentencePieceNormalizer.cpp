//===- SentencePieceNormalizer.cpp - SentencePiece's own normalizer -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SentencePieceNormalizer.h"

using namespace swage::text;
using swage::schema::text::PrependScheme;
using swage::schema::text::SentencePieceStep;

/// U+2581, which stands for a space.
static constexpr Span kSign = {"\xE2\x96\x81", 3};
static constexpr Span kSpace = {" ", 1};

namespace {

/// What stands at the start of a text becomes `made`.
struct Rewritten {
  size_t size;
  Span made;
};

Rewritten rewriteStart(Span text, bool hasMap, const Charsmap &map,
                       const TokenPrefixes &keep) {
  if (size_t size = keep.longest(text))
    return {size, {text.data, size}};
  if (hasMap) {
    Charsmap::Match match = map.longest(text);
    if (match.size)
      return {match.size, match.replacement};
  }
  size_t size = nextUnit(text).length;
  return {size, {text.data, size}};
}

bool isSpace(Span text) { return text.size == 1 && text.data[0] == ' '; }

/// Whether out[begin, ...) ends with `end`.
bool endsWith(const Array<char> &out, size_t begin, Span end) {
  return out.size() - begin >= end.size &&
         std::memcmp(out.data() + out.size() - end.size, end.data, end.size) ==
             0;
}

void cut(Array<char> &out, size_t size) {
  while (out.size() > size)
    out.pop();
}

} // namespace

bool swage::text::appendSentencePiece(Span text, const SentencePieceStep &step,
                                      const Charsmap &map,
                                      const TokenPrefixes &keep, bool isStart,
                                      Array<char> &out) {
  size_t begin = out.size(), at = 0;
  Span space = step.escape_whitespaces() ? kSign : kSpace;
  bool merges = step.remove_extra_whitespaces();
  auto next = [&] {
    return rewriteStart({text.data + at, text.size - at}, step.charsmap(), map,
                        keep);
  };
  while (merges && at < text.size) {
    Rewritten part = next();
    if (!isSpace(part.made))
      break;
    at += part.size;
  }
  if (at == text.size)
    return true;
  bool prefixes = step.prefix() == PrependScheme::Always ||
                  (step.prefix() == PrependScheme::First && isStart);
  if (prefixes && !step.prefix_is_suffix() &&
      !out.append(space.data, space.size))
    return false;

  // Where the last of what is no space ends.
  size_t solid = begin;
  bool afterSpace = merges;
  while (at < text.size) {
    Rewritten part = next();
    at += part.size;
    Span made = part.made;
    while (afterSpace && made.size && made.data[0] == ' ')
      made = {made.data + 1, made.size - 1};
    for (size_t i = 0; i < made.size; ++i) {
      bool isSpace = made.data[i] == ' ';
      if (isSpace ? !out.append(space.data, space.size)
                  : !out.append(made.data[i]))
        return false;
      if (!isSpace)
        solid = out.size();
    }
    if (made.size)
      afterSpace = merges && made.data[made.size - 1] == ' ';
  }
  if (step.as_llama_cpp()) {
    if (merges)
      cut(out, solid);
    else if (solid == begin && prefixes)
      cut(out, out.size() - space.size);
  } else {
    while (merges && endsWith(out, begin, space))
      cut(out, out.size() - space.size);
  }
  if (prefixes && step.prefix_is_suffix())
    return out.append(space.data, space.size);
  return true;
}
