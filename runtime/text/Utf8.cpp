//===- Utf8.cpp - Walking over UTF-8 --------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Utf8.h"

using namespace swage::text;

Utf8Unit swage::text::nextUnit(Span bytes) {
  auto byte = [&](size_t index) {
    return static_cast<unsigned char>(bytes.data[index]);
  };
  uint32_t first = byte(0);
  if (first < 0x80)
    return {Utf8Unit::Character, 1, first};
  if (first < 0xC2 || first > 0xF4)
    return {Utf8Unit::Malformed, 1, 0};
  uint32_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  // The second byte's range excludes overlong forms, surrogates and what lies
  // beyond U+10FFFF (Unicode, table 3-7).
  uint32_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  uint32_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  uint32_t codePoint = first & (0xFF >> (length + 1));
  for (uint32_t i = 1; i < length; ++i) {
    if (i == bytes.size)
      return {Utf8Unit::Incomplete, i, 0};
    if (byte(i) < low || byte(i) > high)
      return {Utf8Unit::Malformed, i, 0};
    codePoint = codePoint << 6 | (byte(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {Utf8Unit::Character, length, codePoint};
}

bool swage::text::appendReplacing(Span bytes, Array<char> &out) {
  for (size_t at = 0; at < bytes.size;) {
    Utf8Unit unit = nextUnit({bytes.data + at, bytes.size - at});
    bool good = unit.kind == Utf8Unit::Character;
    if (!out.append(good ? bytes.data + at : kReplacement.data,
                    good ? unit.length : kReplacement.size))
      return false;
    at += unit.length;
  }
  return true;
}

bool swage::text::isWellFormed(Span bytes) {
  for (size_t at = 0; at < bytes.size;) {
    Utf8Unit unit = nextUnit({bytes.data + at, bytes.size - at});
    if (unit.kind != Utf8Unit::Character)
      return false;
    at += unit.length;
  }
  return true;
}

bool swage::text::isWhiteSpace(uint32_t codePoint) {
  return (codePoint >= 0x09 && codePoint <= 0x0D) || codePoint == 0x20 ||
         codePoint == 0x85 || codePoint == 0xA0 || codePoint == 0x1680 ||
         (codePoint >= 0x2000 && codePoint <= 0x200A) || codePoint == 0x2028 ||
         codePoint == 0x2029 || codePoint == 0x202F || codePoint == 0x205F ||
         codePoint == 0x3000;
}

size_t swage::text::previousCharacter(Span text, size_t end) {
  do
    --end;
  while (isContinuation(text.data[end]));
  return end;
}
