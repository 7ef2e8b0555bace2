//===- Print.cpp - Values of a chat template as text ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Value.h"
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace swage::text;
using namespace swage::text::chat;

static bool append(Array<char> &out, Span text) {
  return out.append(text.data, text.size);
}
static bool append(Array<char> &out, const char *text) {
  return append(out, spanOf(text));
}

/// The shortest digits that read back as the same number, in Python's form and
/// whatever the program's locale.
static bool appendReal(double real, Array<char> &out) {
  if (!std::isfinite(real))
    return append(out, std::isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
  char digits[40];
  auto write = [&](std::chars_format format) {
    *std::to_chars(digits, digits + sizeof(digits) - 1, real, format).ptr = 0;
  };
  write(std::chars_format::scientific);
  long exponent = std::strtol(std::strchr(digits, 'e') + 1, nullptr, 10);
  if (exponent < -4 || exponent >= 16)
    return append(out, digits);
  write(std::chars_format::fixed);
  return append(out, digits) && (std::strchr(digits, '.') || append(out, ".0"));
}

static bool appendQuoted(Span text, char quote, bool isJson, Array<char> &out) {
  if (!out.append(quote))
    return false;
  for (size_t i = 0; i < text.size; ++i) {
    char c = text.data[i];
    char escaped[8] = {c, 0};
    if (c == quote || c == '\\')
      std::snprintf(escaped, sizeof(escaped), "\\%c", c);
    else if (c == '\n')
      std::strcpy(escaped, "\\n");
    else if (c == '\r')
      std::strcpy(escaped, "\\r");
    else if (c == '\t')
      std::strcpy(escaped, "\\t");
    else if (isJson && c == '\b')
      std::strcpy(escaped, "\\b");
    else if (isJson && c == '\f')
      std::strcpy(escaped, "\\f");
    else if (static_cast<unsigned char>(c) < 0x20)
      std::snprintf(escaped, sizeof(escaped), isJson ? "\\u%04x" : "\\x%02x",
                    unsigned(c));
    if (!append(out, escaped))
      return false;
  }
  return out.append(quote);
}

static bool appendScalar(const Value &value, bool isJson, Array<char> &out) {
  switch (value.kind) {
  case Kind::None:
    return append(out, isJson ? "null" : "None");
  case Kind::Bool:
    return append(out, value.boolean ? (isJson ? "true" : "True")
                                     : (isJson ? "false" : "False"));
  case Kind::Int: {
    char digits[24];
    std::snprintf(digits, sizeof(digits), "%lld",
                  static_cast<long long>(value.integer));
    return append(out, digits);
  }
  case Kind::Float:
    return appendReal(value.real, out);
  default:
    return true;
  }
}

/// What is left out of a text that has no end. Says so.
static bool nestsTooDeep(unsigned depth, Context &context) {
  if (depth > kMaximumNesting)
    context.failAt(0, "a value that is nested more than %u deep has no text",
                   kMaximumNesting);
  return depth > kMaximumNesting;
}

static bool appendTextAt(const Value &value, bool quotes, Array<char> &out,
                         Context &context, unsigned depth) {
  if (nestsTooDeep(depth, context))
    return false;
  if (value.is(Kind::String)) {
    if (!quotes)
      return append(out, value.string);
    bool hasSingle = find(value.string, spanOf("'")) != SIZE_MAX;
    bool hasDouble = find(value.string, spanOf("\"")) != SIZE_MAX;
    return appendQuoted(value.string, hasSingle && !hasDouble ? '"' : '\'',
                        false, out);
  }
  bool isList = value.is(Kind::List);
  if (!isList && !value.is(Kind::Dict))
    return appendScalar(value, false, out);
  if (!out.append(isList ? '[' : '{'))
    return false;
  uint32_t size = isList ? value.list->size : value.dict->size;
  for (uint32_t i = 0; i < size; ++i) {
    if (i && !append(out, ", "))
      return false;
    if (!isList && (!appendTextAt(Value::of(value.dict->entries[i].key), true,
                                  out, context, depth) ||
                    !append(out, ": ")))
      return false;
    const Value &item =
        isList ? value.list->items[i] : value.dict->entries[i].value;
    if (!appendTextAt(item, true, out, context, depth + 1))
      return false;
  }
  return out.append(isList ? ']' : '}');
}

bool chat::appendText(const Value &value, bool quotes, Array<char> &out,
                      Context &context) {
  bool done = appendTextAt(value, quotes, out, context, 0);
  if (!done)
    context.exhausted();
  return done;
}

static bool appendJsonAt(const Value &value, int indent, Array<char> &out,
                         Context &context, unsigned depth) {
  if (nestsTooDeep(depth, context))
    return false;
  if (value.is(Kind::String))
    return appendQuoted(value.string, '"', true, out);
  bool isList = value.is(Kind::List);
  if (!isList && !value.is(Kind::Dict))
    return appendScalar(value, true, out);
  uint32_t size = isList ? value.list->size : value.dict->size;
  auto newLine = [&](unsigned level) {
    bool done = indent < 0 || out.append('\n');
    for (unsigned i = 0; done && indent > 0 && i < level * unsigned(indent);
         ++i)
      done = out.append(' ');
    return done;
  };
  if (!out.append(isList ? '[' : '{'))
    return false;
  for (uint32_t i = 0; i < size; ++i) {
    if (i && !append(out, indent < 0 ? ", " : ","))
      return false;
    if (!newLine(depth + 1))
      return false;
    if (!isList && (!appendQuoted(value.dict->entries[i].key, '"', true, out) ||
                    !append(out, ": ")))
      return false;
    const Value &item =
        isList ? value.list->items[i] : value.dict->entries[i].value;
    if (!appendJsonAt(item, indent, out, context, depth + 1))
      return false;
  }
  if (size && !newLine(depth))
    return false;
  return out.append(isList ? ']' : '}');
}

bool chat::appendJson(const Value &value, int indent, Array<char> &out,
                      Context &context) {
  bool done = appendJsonAt(value, indent, out, context, 0);
  if (!done)
    context.exhausted();
  return done;
}
