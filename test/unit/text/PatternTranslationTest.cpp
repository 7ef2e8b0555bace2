//===- PatternTranslationTest.cpp - Oniguruma's patterns as PCRE2's -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/tokenizer/PatternTranslation.h"
#include <gtest/gtest.h>

using swage::import::quotePattern;
using swage::import::translatePattern;

namespace {

std::string translate(llvm::StringRef pattern) {
  auto translated = translatePattern(pattern);
  return translated ? *translated
                    : "error: " + llvm::toString(translated.takeError());
}

TEST(PatternTranslation, KeepsWhatMeansTheSame) {
  for (const char *pattern :
       {"(?i:'s|'t)", "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+", "\\p{N}{1,3}", "a{2}",
        "a{2,}", "x(?!y)(?=z)(?<=a)(?<!b)(?>c)", "[!-\\/一-龥]", "\\.\\[\\^",
        "(?i)'s|'t", "é|.", "\\P{Lu}"})
    EXPECT_EQ(translate(pattern), pattern);
}

TEST(PatternTranslation, RewritesWhatDiffers) {
  EXPECT_EQ(translate("\\s+(?!\\S)"), "\\p{White_Space}+(?!\\P{White_Space})");
  EXPECT_EQ(translate("[^\\s\\d]\\D"), "[^\\p{White_Space}\\p{Nd}]\\P{Nd}");
  EXPECT_EQ(translate("\\p{Han}\\P{Hangul}"), "\\p{sc:Han}\\P{sc:Hangul}");
  EXPECT_EQ(translate("\\p{^L}\\P{^L}"), "\\P{L}\\p{L}");
  EXPECT_EQ(translate("\\u4E00\\x41\\x{1F600}\\v"),
            "\\x{4e00}\\x{41}\\x{1f600}\\x0b");
}

TEST(PatternTranslation, RefusesTheRest) {
  auto refused = [](const char *pattern, const char *message) {
    EXPECT_EQ(translate(pattern),
              std::string("error: pattern at byte ") + message)
        << pattern;
  };
  refused("^a", "0: anchors are not supported");
  refused("a$", "1: anchors are not supported");
  refused("\\", "0: lone backslash");
  refused("a\\w", "1: \\w is not supported, only \\s \\S \\d \\D \\p \\P \\r "
                  "\\n \\t \\f \\v \\x \\u and escaped punctuation are");
  refused("[\\K]", "1: \\K is not supported, only \\s \\S \\d \\D \\p \\P \\r "
                   "\\n \\t \\f \\v \\x \\u and escaped punctuation are");
  refused("\\pL", "0: \\p needs a name in braces");
  refused("\\p{Alpha}", "0: \\p{Alpha} is not supported, only general "
                        "categories and common scripts by their usual names "
                        "are");
  refused("\\x{110000}",
          "0: \\x needs a code point in two hexadecimal digits or braces");
  refused("\\xg", "0: \\x needs a code point in two hexadecimal digits or "
                  "braces");
  refused("\\u12", "0: \\u needs a code point in four hexadecimal digits");
  refused("\\xff", "0: \\xff is a byte of UTF-8, which is not supported");
  refused("[]a]", "1: ']' at the start of a class is not supported, write \\]");
  refused("[a[b]]", "2: '[' inside a class is not supported, write \\[");
  refused("[a&&b]", "2: intersections of classes are not supported");
  refused("[ab", "3: class without ']'");
  refused("a(?i)b", "1: (?i is not supported, only (?: (?i: (?= (?! (?<= (?<! "
                    "(?> are");
  refused("(*FAIL)", "0: (*F is not supported, only (?: (?i: (?= (?! (?<= "
                     "(?<! (?> are");
  refused("a{,3}", "1: '{' that is not {n}, {n,} or {n,m} is not supported");
  refused("a{1,3}+", "1: '+' after '}' is not supported");
}

TEST(PatternTranslation, QuotesLiterals) {
  EXPECT_EQ(quotePattern("a.b (é)"), "a\\.b\\ \\(é\\)");
}

} // namespace
