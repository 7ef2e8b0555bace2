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

/// One call of appendSentencePiece.
struct Call {
  Span text;
  const SentencePieceStep &step;
  const Charsmap &map;
  const TokenPrefixes &keep;
  bool prefixes;
  Array<char> &out;

  Span space() const { return step.escape_whitespaces() ? kSign : kSpace; }
  [[nodiscard]] bool appendSpace() const {
    return out.append(space().data, space().size);
  }
  Rewritten rewriteAt(size_t at) const {
    return rewriteStart({text.data + at, text.size - at}, step.charsmap(), map,
                        keep);
  }
  [[nodiscard]] bool append() const;
  [[nodiscard]] bool appendAsLlamaCpp() const;
};

/// Whatever comes out of a rule counts as one, so spaces inside of that stay.
bool Call::append() const {
  size_t begin = out.size(), at = 0;
  bool merges = step.remove_extra_whitespaces();
  while (merges && at < text.size) {
    Rewritten part = rewriteAt(at);
    if (!isSpace(part.made))
      break;
    at += part.size;
  }
  if (at == text.size)
    return true;
  if (prefixes && !step.prefix_is_suffix() && !appendSpace())
    return false;
  bool afterSpace = merges;
  while (at < text.size) {
    Rewritten part = rewriteAt(at);
    at += part.size;
    Span made = part.made;
    while (afterSpace && made.size && made.data[0] == ' ')
      made = {made.data + 1, made.size - 1};
    for (size_t i = 0; i < made.size; ++i)
      if (made.data[i] == ' ' ? !appendSpace() : !out.append(made.data[i]))
        return false;
    if (made.size)
      afterSpace = merges && made.data[made.size - 1] == ' ';
  }
  while (merges && endsWith(out, begin, space()))
    cut(out, out.size() - space().size);
  return !prefixes || !step.prefix_is_suffix() || appendSpace();
}

/// Spaces are looked at one by one, and the one in front comes with the first
/// other character. Where spaces are merged, each word gets one.
bool Call::appendAsLlamaCpp() const {
  bool merges = step.remove_extra_whitespaces();
  bool inWord = false, needsPrefix = prefixes;
  for (size_t at = 0; at < text.size;) {
    Rewritten part = rewriteAt(at);
    at += part.size;
    for (size_t i = 0; i < part.made.size; ++i) {
      bool isSpace = part.made.data[i] == ' ';
      bool startsWord = !isSpace && !inWord;
      inWord = !isSpace;
      if (startsWord && (needsPrefix || merges)) {
        needsPrefix = false;
        if (!appendSpace())
          return false;
      }
      if (isSpace ? !merges && !appendSpace() : !out.append(part.made.data[i]))
        return false;
    }
  }
  return true;
}

} // namespace

bool swage::text::appendSentencePiece(Span text, const SentencePieceStep &step,
                                      const Charsmap &map,
                                      const TokenPrefixes &keep, bool isStart,
                                      Array<char> &out) {
  bool prefixes = step.prefix() == PrependScheme::Always ||
                  (step.prefix() == PrependScheme::First && isStart);
  Call call = {text, step, map, keep, prefixes, out};
  return step.as_llama_cpp() ? call.appendAsLlamaCpp() : call.append();
}
