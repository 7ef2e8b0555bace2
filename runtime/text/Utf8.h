//===- Utf8.h - Walking over UTF-8 ----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_UTF8_H
#define SWAGE_TEXT_UTF8_H

#include "Array.h"

namespace swage::text {

/// Bytes with a length.
struct Span {
  const char *data;
  size_t size;
};

/// What stands at the start of some bytes.
struct Utf8Unit {
  enum Kind {
    Character,
    /// The longest part of a sequence that no continuation makes well-formed.
    Malformed,
    /// A character's first bytes, cut off by the end.
    Incomplete
  };
  Kind kind;
  /// Bytes, at least 1.
  uint32_t length;
  /// The code point of a Character.
  uint32_t codePoint;
};

/// U+FFFD, which stands for what is malformed.
constexpr Span kReplacement = {"\xEF\xBF\xBD", 3};

/// The unit at the start of `bytes`, which is not empty.
Utf8Unit nextUnit(Span bytes);

/// Appends `bytes` with each malformed or incomplete unit replaced by U+FFFD;
/// false if memory is exhausted.
[[nodiscard]] bool appendReplacing(Span bytes, Array<char> &out);

bool isWellFormed(Span bytes);

/// A byte that is in a character, but does not start one.
inline bool isContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// The Unicode property White_Space.
bool isWhiteSpace(uint32_t codePoint);

/// The start of the character that ends at `end`, in well-formed text.
size_t previousCharacter(Span text, size_t end);

} // namespace swage::text

#endif // SWAGE_TEXT_UTF8_H
