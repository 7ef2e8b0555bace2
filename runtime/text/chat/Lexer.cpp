//===- Lexer.cpp - A chat template as tokens ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Lexer.h"
#include "runtime/text/Unicode.h"

using namespace swage::text;
using namespace swage::text::chat;

namespace {

class Lexer {
public:
  Lexer(Span source, Context &context, Array<Token> &out)
      : source(source), context(context), out(out) {}
  bool run();

private:
  bool add(Token::Type type, Span text) {
    return out.append({type, line, text});
  }
  bool starts(const char *text) const {
    Span wanted = spanOf(text);
    return source.size - at >= wanted.size &&
           !std::memcmp(source.data + at, wanted.data, wanted.size);
  }
  /// Moves on by `count` bytes, counting lines.
  void advance(size_t count) {
    for (; count; --count, ++at)
      line += source.data[at] == '\n';
  }
  bool fail(const char *message) {
    context.failAt(line, "%s", message);
    return false;
  }
  bool lexText();
  bool lexTag();
  bool lexString();
  void endTag(size_t size, bool strips, bool trims);

  Span source;
  Context &context;
  Array<Token> &out;
  size_t at = 0;
  uint32_t line = 1;
  bool lineStarts = true;
};

} // namespace

static bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool Lexer::run() {
  // The last line break of a template is not part of it.
  if (source.size && source.data[source.size - 1] == '\n')
    --source.size;
  while (at < source.size)
    if (!lexText())
      return false;
  return add(Token::End, {"", 0});
}

/// Text up to the next tag, and the tag.
bool Lexer::lexText() {
  size_t begin = at, end = at;
  while (end < source.size &&
         !(source.data[end] == '{' && end + 1 < source.size &&
           (source.data[end + 1] == '{' || source.data[end + 1] == '%' ||
            source.data[end + 1] == '#')))
    ++end;
  Span text = {source.data + begin, end - begin};
  bool tag = end < source.size;
  char sign = tag && end + 2 < source.size ? source.data[end + 2] : 0;
  if (tag && sign == '-') {
    text = strip(text, false, true);
  } else if (tag && sign != '+' && source.data[end + 1] != '{') {
    size_t start = text.size;
    while (start &&
           (text.data[start - 1] == ' ' || text.data[start - 1] == '\t'))
      --start;
    if (start ? text.data[start - 1] == '\n' : lineStarts)
      text.size = start;
  }
  if (text.size && !add(Token::Text, text))
    return false;
  advance(end - begin);
  lineStarts = false;
  return !tag || lexTag();
}

/// Steps behind the end of a tag and the white space that goes with it.
void Lexer::endTag(size_t size, bool strips, bool trims) {
  size_t begin = at;
  advance(size);
  if (strips) {
    Span rest = {source.data + at, source.size - at};
    advance(rest.size - strip(rest, true, false).size);
  } else if (trims && at < source.size && source.data[at] == '\n') {
    advance(1);
  }
  lineStarts = at > begin && source.data[at - 1] == '\n';
}

bool Lexer::lexString() {
  char quote = source.data[at];
  size_t end = at + 1;
  while (end < source.size && source.data[end] != quote)
    end += source.data[end] == '\\' ? 2 : 1;
  if (end >= source.size)
    return fail("a string has no end");
  Array<char> text(out.memory());
  for (size_t i = at + 1; i < end; ++i) {
    char c = source.data[i];
    if (c != '\\') {
      if (!text.append(c))
        return false;
      continue;
    }
    c = source.data[++i];
    static constexpr char kFrom[] = "nrtbfav0\\'\"";
    static constexpr char kTo[] = "\n\r\t\b\f\a\v\0\\'\"";
    const char *known = c ? std::strchr(kFrom, c) : nullptr;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 0;
    bool done = true;
    if (known) {
      done = text.append(kTo[known - kFrom]);
    } else if (digits) {
      uint32_t codePoint = 0;
      for (size_t k = 0; k < digits; ++k) {
        char digit = ++i < end ? source.data[i] : 0;
        const char *hex = "0123456789abcdef";
        const char *found =
            digit ? std::strchr(hex, isDigit(digit) ? digit : digit | 0x20)
                  : nullptr;
        if (!found)
          return fail("\\x or \\u in a string lacks hexadecimal digits");
        codePoint = codePoint * 16 + uint32_t(found - hex);
      }
      if (codePoint >= 0xD800 && codePoint <= 0xDFFF)
        return fail("\\u in a string is half of a surrogate pair");
      done = appendCharacter(codePoint, text);
    } else {
      done = text.append('\\') && text.append(c);
    }
    if (!done)
      return false;
  }
  Value kept = context.copy({text.data(), text.size()});
  bool added = !context.failed() && add(Token::String, kept.string);
  advance(end + 1 - at);
  return added;
}

bool Lexer::lexTag() {
  char kind = source.data[at + 1];
  size_t opening = 2;
  if (at + 2 < source.size &&
      (source.data[at + 2] == '-' || source.data[at + 2] == '+'))
    ++opening;
  if (kind == '#') {
    size_t end = find(source, spanOf("#}"), at + 2);
    if (end == SIZE_MAX)
      return fail("a comment has no end");
    bool strips = end > at + 2 && source.data[end - 1] == '-';
    bool keeps = end > at + 2 && source.data[end - 1] == '+';
    advance(end - at);
    endTag(2, strips, !keeps);
    return true;
  }
  bool variable = kind == '{';
  if (!add(variable ? Token::OpenVariable : Token::OpenBlock, {"", 0}))
    return false;
  advance(opening);
  // Brackets that are open: "}}" ends a variable only where none is.
  uint32_t depth = 0;
  static const char *const kOperators[] = {"==", "!=", "<=", ">=", "//", "**"};
  while (at < source.size) {
    char c = source.data[at];
    const char *close = variable ? "}}" : "%}";
    bool strips = c == '-', keeps = c == '+';
    at += strips || keeps;
    bool closes = starts(close) && depth == 0;
    at -= strips || keeps;
    if (closes) {
      if (!add(variable ? Token::CloseVariable : Token::CloseBlock, {"", 0}))
        return false;
      endTag(2 + (strips || keeps), strips, !variable && !keeps);
      return true;
    }
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      advance(1);
      continue;
    }
    size_t size = 1;
    if (c == '"' || c == '\'') {
      if (!lexString())
        return false;
      continue;
    }
    Token::Type type = Token::Operator;
    if (isNameStart(c)) {
      type = Token::Name;
      while (at + size < source.size && (isNameStart(source.data[at + size]) ||
                                         isDigit(source.data[at + size])))
        ++size;
    } else if (isDigit(c)) {
      type = Token::Int;
      while (at + size < source.size && isDigit(source.data[at + size]))
        ++size;
      if (at + size + 1 < source.size && source.data[at + size] == '.' &&
          isDigit(source.data[at + size + 1])) {
        type = Token::Float;
        ++size;
        while (at + size < source.size && isDigit(source.data[at + size]))
          ++size;
      }
    } else {
      for (const char *known : kOperators)
        if (starts(known))
          size = 2;
      if (size == 1 && !std::strchr("+-*/%~<>=()[]{}.,:|", c))
        return fail("a tag has a character that means nothing there");
      depth += c == '(' || c == '[' || c == '{';
      depth -= depth && (c == ')' || c == ']' || c == '}');
    }
    if (!add(type, {source.data + at, size}))
      return false;
    advance(size);
  }
  return fail("a tag has no end");
}

bool chat::lex(Span source, Context &context, Array<Token> &out) {
  bool done = Lexer(source, context, out).run();
  if (!done)
    context.exhausted();
  return done;
}
