//===- Unicode.cpp - Normalization forms and character classes ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Unicode.h"
#include <algorithm>
#include <utf8proc.h>

using namespace swage::text;

bool swage::text::appendCharacter(uint32_t codePoint, Array<char> &out) {
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t size = utf8proc_encode_char(int32_t(codePoint), bytes);
  return out.append(reinterpret_cast<const char *>(bytes), size_t(size));
}

/// Sorts marks that follow each other by their combining class, keeping the
/// order of equals. The library's own sort is quadratic.
static void orderMarks(int32_t *begin, int32_t *end, Array<uint64_t> &keys) {
  keys.clear();
  for (int32_t *at = begin; at != end; ++at) {
    uint64_t rank = uint64_t(utf8proc_get_property(*at)->combining_class);
    // Class, place and character, in this order; places of a text are below
    // 2^31. Room was made for all of the text's characters.
    (void)keys.append(rank << 56 | uint64_t(at - begin) << 21 | uint64_t(*at));
  }
  std::sort(keys.begin(), keys.end());
  for (uint64_t key : keys)
    *begin++ = int32_t(key & 0x1FFFFF);
}

bool swage::text::appendNormalized(Span text, Form form, Array<char> &out) {
  bool compose = form == Form::NFC || form == Form::NFKC;
  bool compatible = form == Form::NFKC || form == Form::NFKD;
  auto options = utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE |
                                   (compatible ? int(UTF8PROC_COMPAT) : 0));
  Array<int32_t> characters(out.memory());
  for (size_t at = 0; at < text.size;) {
    Utf8Unit unit = nextUnit({text.data + at, text.size - at});
    at += unit.length;
    // No character decomposes into more than 18.
    int32_t parts[24];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        int32_t(unit.codePoint), parts, 24, options, &boundary);
    if (!characters.append(parts, size_t(count)))
      return false;
  }
  auto isOrdered = [&](size_t i) {
    int before = utf8proc_get_property(characters[i - 1])->combining_class;
    int after = utf8proc_get_property(characters[i])->combining_class;
    return !after || before <= after;
  };
  Array<uint64_t> keys(out.memory());
  for (size_t i = 1; i < characters.size(); ++i) {
    if (isOrdered(i))
      continue;
    auto isStarter = [&](size_t at) {
      return !utf8proc_get_property(characters[at])->combining_class;
    };
    size_t first = i - 1, last = i;
    while (first > 0 && !isStarter(first - 1))
      --first;
    while (last < characters.size() && !isStarter(last))
      ++last;
    if (!keys.reserve(last - first))
      return false;
    orderMarks(characters.data() + first, characters.data() + last, keys);
    i = last;
  }
  size_t count = characters.size();
  if (compose && count)
    count = size_t(utf8proc_normalize_utf32(
        characters.data(), utf8proc_ssize_t(count),
        utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE)));
  for (size_t i = 0; i < count; ++i)
    if (!appendCharacter(uint32_t(characters[i]), out))
      return false;
  return true;
}

bool swage::text::appendFirstOfNfd(Span text, Array<char> &out) {
  for (size_t at = 0; at < text.size;) {
    Utf8Unit unit = nextUnit({text.data + at, text.size - at});
    at += unit.length;
    int32_t parts[24] = {int32_t(unit.codePoint)};
    int boundary = 0;
    utf8proc_decompose_char(
        int32_t(unit.codePoint), parts, 24,
        utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &boundary);
    if (!appendCharacter(uint32_t(parts[0]), out))
      return false;
  }
  return true;
}

size_t swage::text::nextGrapheme(Span text) {
  Utf8Unit unit = nextUnit(text);
  size_t size = unit.length;
  int32_t state = 0;
  while (size < text.size) {
    Utf8Unit next = nextUnit({text.data + size, text.size - size});
    if (utf8proc_grapheme_break_stateful(int32_t(unit.codePoint),
                                         int32_t(next.codePoint), &state))
      break;
    size += next.length;
    unit = next;
  }
  return size;
}

bool swage::text::appendLowercase(uint32_t codePoint, Array<char> &out) {
  // The only character whose lower case is two, in every language.
  if (codePoint == 0x130)
    return appendCharacter('i', out) && appendCharacter(0x307, out);
  return appendCharacter(uint32_t(utf8proc_tolower(int32_t(codePoint))), out);
}

bool swage::text::appendUppercase(uint32_t codePoint, Array<char> &out) {
  if (codePoint == 0xDF)
    return out.append("SS", 2);
  return appendCharacter(uint32_t(utf8proc_toupper(int32_t(codePoint))), out);
}

bool swage::text::isMark(uint32_t codePoint) {
  utf8proc_category_t category = utf8proc_category(int32_t(codePoint));
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

bool swage::text::isNonspacingMark(uint32_t codePoint) {
  return utf8proc_category(int32_t(codePoint)) == UTF8PROC_CATEGORY_MN;
}

bool swage::text::isBertControl(uint32_t codePoint) {
  if (codePoint == '\t' || codePoint == '\n' || codePoint == '\r')
    return false;
  utf8proc_category_t category = utf8proc_category(int32_t(codePoint));
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
         category == UTF8PROC_CATEGORY_CO;
}

bool swage::text::isBertChinese(uint32_t codePoint) {
  // The ranges of Hugging Face; U+2B820 to U+2B91F are not among them.
  return (codePoint >= 0x4E00 && codePoint <= 0x9FFF) ||
         (codePoint >= 0x3400 && codePoint <= 0x4DBF) ||
         (codePoint >= 0x20000 && codePoint <= 0x2A6DF) ||
         (codePoint >= 0x2A700 && codePoint <= 0x2B73F) ||
         (codePoint >= 0x2B740 && codePoint <= 0x2B81F) ||
         (codePoint >= 0x2B920 && codePoint <= 0x2CEAF) ||
         (codePoint >= 0xF900 && codePoint <= 0xFAFF) ||
         (codePoint >= 0x2F800 && codePoint <= 0x2FA1F);
}
