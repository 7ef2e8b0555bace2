//===- Unicode.h - Normalization forms and character classes --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_UNICODE_H
#define SWAGE_TEXT_UNICODE_H

#include "Utf8.h"

namespace swage::text {

enum class Form { NFC, NFD, NFKC, NFKD };

/// All functions here that return bool return false if memory is exhausted.
/// Texts are well-formed.

[[nodiscard]] bool appendCharacter(uint32_t codePoint, Array<char> &out);

/// Appends `text` in a normalization form; n characters take O(n log n).
[[nodiscard]] bool appendNormalized(Span text, Form form, Array<char> &out);

/// Appends the first character of each character's NFD.
[[nodiscard]] bool appendFirstOfNfd(Span text, Array<char> &out);

/// The size of the grapheme cluster at the start of `text`, which is not empty.
size_t nextGrapheme(Span text);

/// Append the lower- or upper-case mapping of a character, whatever is around
/// it.
[[nodiscard]] bool appendLowercase(uint32_t codePoint, Array<char> &out);
[[nodiscard]] bool appendUppercase(uint32_t codePoint, Array<char> &out);

/// Unicode category M, or Mn only.
bool isMark(uint32_t codePoint);
bool isNonspacingMark(uint32_t codePoint);

/// A character that BERT drops: control, format or private use.
bool isBertControl(uint32_t codePoint);
/// A character that BERT puts spaces around.
bool isBertChinese(uint32_t codePoint);

} // namespace swage::text

#endif // SWAGE_TEXT_UNICODE_H
