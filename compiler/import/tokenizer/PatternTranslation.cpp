//===- PatternTranslation.cpp - Hugging Face patterns for PCRE2 -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternTranslation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;

namespace {

/// Unicode general categories, which both engines name alike.
constexpr StringLiteral kCategories[] = {
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me",
    "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi",
    "Pf", "Po", "S",  "Sm", "Sc", "Sk", "So", "Z",  "Zs", "Zl",
    "Zp", "C",  "Cc", "Cf", "Cn", "Co", "Cs"};

/// Scripts; PCRE2 would take the wider script extensions unless told.
constexpr StringLiteral kScripts[] = {
    "Arabic",   "Armenian", "Bengali",   "Cyrillic",  "Devanagari",
    "Georgian", "Greek",    "Gujarati",  "Han",       "Hangul",
    "Hebrew",   "Hiragana", "Kannada",   "Katakana",  "Khmer",
    "Lao",      "Latin",    "Malayalam", "Mongolian", "Myanmar",
    "Sinhala",  "Tamil",    "Telugu",    "Thai",      "Tibetan"};

constexpr StringLiteral kGroups[] = {"?:",  "?i:", "?=", "?!",
                                     "?<=", "?<!", "?>"};

/// Walks a pattern once and copies or rewrites each construct.
class Translator {
public:
  explicit Translator(StringRef pattern) : pattern(pattern) {}
  Expected<std::string> run();

private:
  Error escape();
  Error property(char letter);
  Error codePoint(StringRef introducer);
  Error characterClass();
  Error group();
  Error quantifierRange();
  Error refuse(const Twine &what) const {
    return createStringError(inconvertibleErrorCode(),
                             "pattern at byte " + Twine(at) + ": " + what);
  }
  StringRef rest() const { return pattern.substr(at); }
  bool consume(StringRef text) {
    if (!rest().starts_with(text))
      return false;
    at += text.size();
    return true;
  }
  void copy(size_t count) {
    out += rest().take_front(count);
    at += count;
  }

  StringRef pattern;
  size_t at = 0;
  std::string out;
};

Expected<std::string> Translator::run() {
  // Only at the very start do both engines agree on how far this reaches.
  if (consume("(?i)"))
    out += "(?i)";
  while (at < pattern.size()) {
    char c = pattern[at];
    Error error = Error::success();
    if (c == '\\')
      error = escape();
    else if (c == '[')
      error = characterClass();
    else if (c == '(')
      error = group();
    else if (c == '{')
      error = quantifierRange();
    else if (c == '^' || c == '$')
      error = refuse("anchors are not supported");
    else
      copy(1);
    if (error)
      return std::move(error);
  }
  return out;
}

Error Translator::escape() {
  StringRef escaped = rest().drop_front();
  if (escaped.empty())
    return refuse("lone backslash");
  char c = escaped.front();
  switch (c) {
  case 's':
  case 'S':
    // `\s` of PCRE2 also takes U+180E.
    out += c == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
    at += 2;
    return Error::success();
  case 'd':
  case 'D':
    out += c == 'd' ? "\\p{Nd}" : "\\P{Nd}";
    at += 2;
    return Error::success();
  case 'p':
  case 'P':
    return property(c);
  case 'x':
    return codePoint("\\x");
  case 'u':
    return codePoint("\\u");
  case 'v':
    // A vertical tab there, any vertical space in PCRE2.
    out += "\\x0b";
    at += 2;
    return Error::success();
  case 'r':
  case 'n':
  case 't':
  case 'f':
    copy(2);
    return Error::success();
  default:
    if (!isASCII(c) || isAlnum(c) || !isPrint(c))
      return refuse(Twine("\\") + escaped.take_front(1) +
                    " is not supported, only \\s \\S \\d \\D \\p \\P \\r \\n "
                    "\\t \\f \\v \\x \\u and escaped punctuation are");
    copy(2);
    return Error::success();
  }
}

Error Translator::property(char letter) {
  StringRef text = rest().drop_front(2);
  size_t end = text.find('}');
  if (!text.starts_with("{") || end == StringRef::npos)
    return refuse(Twine("\\") + Twine(letter) + " needs a name in braces");
  StringRef name = text.slice(1, end);
  bool negated = name.consume_front("^") != (letter == 'P');
  std::string known;
  if (is_contained(kCategories, name))
    known = name.str();
  else if (is_contained(kScripts, name))
    known = ("sc:" + name).str();
  else
    return refuse("\\p{" + name +
                  "} is not supported, only general categories and common "
                  "scripts by their usual names are");
  out += (negated ? "\\P{" : "\\p{") + known + "}";
  at += 2 + end + 1;
  return Error::success();
}

Error Translator::codePoint(StringRef introducer) {
  StringRef text = rest().drop_front(introducer.size());
  bool braces = introducer == "\\x" && text.consume_front("{");
  size_t wanted = braces ? 8 : introducer == "\\u" ? 4 : 2;
  StringRef digits =
      text.take_front(wanted).take_while([](char c) { return isHexDigit(c); });
  unsigned value = 0;
  if (digits.empty() || (!braces && digits.size() != wanted) ||
      digits.getAsInteger(16, value) || value > 0x10FFFF ||
      (braces && !text.drop_front(digits.size()).starts_with("}")))
    return refuse(introducer + " needs a code point in " +
                  (introducer == "\\u" ? "four hexadecimal digits"
                                       : "two hexadecimal digits or braces"));
  // Without braces this is a byte there, a code point in PCRE2.
  if (introducer == "\\x" && !braces && value >= 0x80)
    return refuse("\\x" + digits +
                  " is a byte of UTF-8, which is not "
                  "supported");
  out += "\\x{" + digits.lower() + "}";
  at += introducer.size() + digits.size() + (braces ? 2 : 0);
  return Error::success();
}

Error Translator::characterClass() {
  copy(1);
  if (rest().starts_with("^"))
    copy(1);
  if (rest().starts_with("]"))
    return refuse("']' at the start of a class is not supported, write \\]");
  while (at < pattern.size()) {
    char c = pattern[at];
    if (c == ']') {
      copy(1);
      return Error::success();
    }
    if (c == '[')
      return refuse("'[' inside a class is not supported, write \\[");
    if (rest().starts_with("&&"))
      return refuse("intersections of classes are not supported");
    if (c == '\\') {
      if (Error error = escape())
        return error;
    } else {
      copy(1);
    }
  }
  return refuse("class without ']'");
}

Error Translator::group() {
  StringRef inside = rest().drop_front();
  if (!inside.starts_with("?") && !inside.starts_with("*")) {
    copy(1);
    return Error::success();
  }
  for (StringRef known : kGroups) {
    if (inside.starts_with(known)) {
      copy(1 + known.size());
      return Error::success();
    }
  }
  return refuse("(" + inside.take_front(2) +
                " is not supported, only (?: (?i: (?= (?! (?<= (?<! (?> are");
}

Error Translator::quantifierRange() {
  StringRef text = rest().drop_front();
  size_t end = text.find('}');
  auto [low, high] = text.take_front(end).split(',');
  bool numbers = end != StringRef::npos && !low.empty() &&
                 all_of(low, isDigit) && all_of(high, isDigit);
  if (!numbers)
    return refuse("'{' that is not {n}, {n,} or {n,m} is not supported");
  // Possessive in PCRE2, a repeated repetition there.
  if (text.drop_front(end + 1).starts_with("+"))
    return refuse("'+' after '}' is not supported");
  copy(end + 2);
  return Error::success();
}

} // namespace

Expected<std::string> swage::import::translatePattern(StringRef pattern) {
  return Translator(pattern).run();
}

std::string swage::import::quotePattern(StringRef literal) {
  std::string quoted;
  for (char c : literal) {
    if (isASCII(c) && !isAlnum(c) && isPrint(c))
      quoted += '\\';
    quoted += c;
  }
  return quoted;
}
