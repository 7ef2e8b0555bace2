//===- Regex.h - Unicode patterns over PCRE2 ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_REGEX_H
#define SWAGE_TEXT_REGEX_H

#include "Status.h"
#include "Utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace swage::text {

/// A part of a text, and whether a pattern matched it.
struct Range {
  uint32_t begin, end;
  bool matched;
};

/// PCRE2's allocation functions on top of an allocator.
class RegexMemory {
public:
  RegexMemory() = default;
  RegexMemory(const RegexMemory &) = delete;
  RegexMemory &operator=(const RegexMemory &) = delete;
  ~RegexMemory() { pcre2_general_context_free(context); }

  /// `allocator` outlives this. False if memory is exhausted.
  [[nodiscard]] bool create(swage_allocator_t *allocator);
  pcre2_general_context *get() const { return context; }

private:
  pcre2_general_context *context = nullptr;
};

/// What one thread needs to match one pattern, allocated when first used.
class RegexScratch {
public:
  RegexScratch() = default;
  RegexScratch(const RegexScratch &) = delete;
  RegexScratch &operator=(const RegexScratch &) = delete;
  ~RegexScratch();

private:
  friend class Regex;
  [[nodiscard]] bool prepare(const pcre2_code *code, const RegexMemory &memory);

  pcre2_match_data *data = nullptr;
  pcre2_match_context *context = nullptr;
};

/// A compiled pattern; unchanging, so that threads can share it.
class Regex {
public:
  Regex() = default;
  Regex(const Regex &) = delete;
  Regex &operator=(const Regex &) = delete;
  ~Regex() { pcre2_code_free(code); }

  /// Compiles `pattern` for UTF-8 with Unicode properties. `index` is the
  /// pre-tokenizer step that it belongs to, for the message.
  swage_status_code_t compile(Span pattern, const RegexMemory &memory,
                              unsigned index, swage_status_t *status);

  /// Cuts well-formed `text` into matches and what lies between them, in order
  /// and without gaps; empty matches give empty ranges. Replaces `out`.
  swage_status_code_t split(Span text, const RegexMemory &memory,
                            RegexScratch &scratch, Array<Range> &out,
                            swage_status_t *status) const;

private:
  pcre2_code *code = nullptr;
};

} // namespace swage::text

#endif // SWAGE_TEXT_REGEX_H
