//===- AddedTokens.cpp - Tokens that are spelled out in the text ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AddedTokens.h"
#include <algorithm>

using namespace swage::text;

/// A character that `\w` of Hugging Face's matcher takes.
static constexpr char kWord[] =
    "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}]";

static int compare(Span a, Span b) {
  int order = std::memcmp(a.data, b.data, std::min(a.size, b.size));
  return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

swage_status_code_t AddedTokens::create(const schema::text::Tokenizer &model,
                                        bool normalized, size_t vocabularySize,
                                        const Normalizer &normalizer,
                                        const RegexMemory &memory,
                                        swage_status_t *status) {
  if (!model.added_tokens())
    return SWAGE_OK;
  bool needsWord = false;
  for (uint32_t i = 0; i < model.added_tokens()->size(); ++i) {
    const auto *token = model.added_tokens()->Get(i);
    if (token->id() >= vocabularySize)
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: added token %u has id %u, outside the vocabulary "
                  "of %zu",
                  i, token->id(), vocabularySize);
    Span content = {token->content()->c_str(), token->content()->size()};
    if (!content.size || !isWellFormed(content))
      return fail(status, SWAGE_DATA_LOSS, "tokenizer: added token %u is %s", i,
                  content.size ? "not UTF-8" : "empty");
    if (token->normalized() != normalized)
      continue;
    Array<char> text(contents.memory());
    if (!text.append(content.data, content.size))
      return outOfMemory(status);
    if (normalized)
      if (swage_status_code_t code =
              normalizer.apply(text, /*isStart=*/false, memory, status))
        return code;
    // Nothing is left to look for.
    if (text.empty())
      continue;
    if (!sorted.append({token, contents.size(), text.size()}) ||
        !contents.append(text.data(), text.size()))
      return outOfMemory(status);
    startsToken[static_cast<unsigned char>(text[0])] = true;
    needsWord |= token->single_word();
  }
  std::sort(sorted.begin(), sorted.end(), [&](const Token &a, const Token &b) {
    int order = compare(contentOf(a), contentOf(b));
    return order ? order < 0 : a.table->id() < b.table->id();
  });
  for (size_t i = 1; i < sorted.size(); ++i)
    if (compare(contentOf(sorted[i - 1]), contentOf(sorted[i])) == 0)
      return fail(status, SWAGE_DATA_LOSS,
                  "tokenizer: added tokens %u and %u have the same content",
                  sorted[i - 1].table->id(), sorted[i].table->id());
  return needsWord ? word.compile({kWord, sizeof(kWord) - 1}, memory, 0, status)
                   : SWAGE_OK;
}

/// Narrows the sorted tokens byte by byte to those that the text starts with.
const AddedTokens::Token *AddedTokens::longestAt(Span text, size_t at) const {
  const Token *longest = nullptr;
  auto *low = sorted.data(), *high = sorted.data() + sorted.size();
  for (size_t depth = 0; at + depth < text.size; ++depth) {
    auto byte = static_cast<unsigned char>(text.data[at + depth]);
    auto byteOf = [this, depth](const Token &token) {
      Span content = contentOf(token);
      return depth < content.size
                 ? int(static_cast<unsigned char>(content.data[depth]))
                 : -1;
    };
    low = std::lower_bound(
        low, high, int(byte),
        [&](const Token &token, int wanted) { return byteOf(token) < wanted; });
    high = std::upper_bound(
        low, high, int(byte),
        [&](int wanted, const Token &token) { return wanted < byteOf(token); });
    if (low == high)
      break;
    // The shortest of those left comes first.
    if (contentOf(*low).size == depth + 1)
      longest = low;
  }
  return longest;
}

Span AddedTokens::spelling(int32_t id, Span otherwise) const {
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i].table->id() == uint32_t(id))
      return contentOf(sorted[i]);
  return otherwise;
}

swage_status_code_t AddedTokens::isWord(Span character,
                                        const RegexMemory &memory,
                                        RegexScratch &scratch,
                                        Array<Range> &ranges, bool &out,
                                        swage_status_t *status) const {
  swage_status_code_t code =
      word.split(character, memory, scratch, ranges, status);
  out = code == SWAGE_OK && !ranges.empty() && ranges[0].matched;
  return code;
}

swage_status_code_t AddedTokens::split(Span whole, uint32_t begin, uint32_t end,
                                       bool parseSpecial,
                                       const RegexMemory &memory,
                                       Array<Part> &out,
                                       swage_status_t *status) const {
  Span text = {whole.data, end};
  RegexScratch scratch;
  Array<Range> ranges(out.memory());
  uint32_t covered = begin;
  for (size_t at = begin; at < end;) {
    const Token *found = startsToken[static_cast<unsigned char>(text.data[at])]
                             ? longestAt(text, at)
                             : nullptr;
    if (!found) {
      ++at;
      continue;
    }
    const schema::text::AddedToken *token = found->table;
    size_t start = at, stop = at + found->size;
    at = stop;
    if (token->special() && !parseSpecial)
      continue;
    if (token->single_word()) {
      bool joined = false, joinedRight = false;
      if (start > begin) {
        size_t previous = previousCharacter(text, start);
        if (swage_status_code_t code =
                isWord({text.data + previous, start - previous}, memory,
                       scratch, ranges, joined, status))
          return code;
      }
      if (stop < end) {
        Utf8Unit unit = nextUnit({text.data + stop, end - stop});
        if (swage_status_code_t code =
                isWord({text.data + stop, unit.length}, memory, scratch, ranges,
                       joinedRight, status))
          return code;
      }
      if (joined || joinedRight)
        continue;
    }
    if (token->lstrip())
      while (start > covered) {
        size_t previous = previousCharacter(text, start);
        if (!isWhiteSpace(
                nextUnit({text.data + previous, start - previous}).codePoint))
          break;
        start = previous;
      }
    if (token->rstrip())
      while (stop < end) {
        Utf8Unit unit = nextUnit({text.data + stop, end - stop});
        if (!isWhiteSpace(unit.codePoint))
          break;
        stop += unit.length;
      }
    if (covered < start && !out.append({covered, uint32_t(start), -1}))
      return outOfMemory(status);
    if (!out.append({uint32_t(start), uint32_t(stop), int32_t(token->id())}))
      return outOfMemory(status);
    covered = uint32_t(stop);
  }
  if (covered < end && !out.append({covered, end, -1}))
    return outOfMemory(status);
  return SWAGE_OK;
}
