//===- Value.cpp - What a chat template computes with ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Value.h"
#include <charconv>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

using namespace swage::text;
using namespace swage::text::chat;

static constexpr size_t kBlockSize = 64 << 10;
static constexpr size_t kMaximumMemory = size_t(256) << 20;
static constexpr uint64_t kMaximumSteps = 2000000;
/// How deep lists and dicts may lie in each other where they are printed.
static constexpr unsigned kMaximumNesting = 64;

Context::~Context() {
  for (const Block &block : blocks)
    allocator.free(allocator.self, block.data, block.size);
}

void *Context::allocate(size_t size) {
  size = (size + 15) / 16 * 16;
  if (blocks.empty() || size > blocks[blocks.size() - 1].size - used) {
    size_t wanted = size > kBlockSize ? size : kBlockSize;
    if (total + wanted > kMaximumMemory) {
      failAt(0, "needs more than %zu bytes of memory", kMaximumMemory);
      return nullptr;
    }
    auto *data = static_cast<char *>(
        allocator.allocate(allocator.self, wanted, alignof(max_align_t)));
    if (!data || !blocks.append({data, wanted})) {
      if (data)
        allocator.free(allocator.self, data, wanted);
      exhausted();
      return nullptr;
    }
    total += wanted;
    used = 0;
  }
  void *result = blocks[blocks.size() - 1].data + used;
  used += size;
  return result;
}

void Context::exhausted() {
  if (!failed())
    code = outOfMemory(status);
}

void Context::failAt(uint32_t line, const char *format, ...) {
  if (failed())
    return;
  char message[384];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(message, sizeof(message), format, arguments);
  va_end(arguments);
  code =
      line ? fail(status, SWAGE_INVALID_ARGUMENT, "chat template, line %u: %s",
                  line, message)
           : fail(status, SWAGE_INVALID_ARGUMENT, "chat template: %s", message);
}

bool Context::step(uint32_t line) {
  if (++steps > kMaximumSteps)
    failAt(line, "takes more than %llu steps",
           static_cast<unsigned long long>(kMaximumSteps));
  return !failed();
}

Value Context::newList() {
  auto *list = static_cast<List *>(allocate(sizeof(List)));
  if (!list)
    return {};
  *list = {nullptr, 0, 0};
  Value value = Value::of(Kind::List);
  value.list = list;
  return value;
}

Value Context::newDict() {
  auto *dict = static_cast<Dict *>(allocate(sizeof(Dict)));
  if (!dict)
    return {};
  *dict = {nullptr, 0, 0, false};
  Value value = Value::of(Kind::Dict);
  value.dict = dict;
  return value;
}

/// Makes room for one more in a list's or dict's array.
template <typename T, typename Holder>
static bool grow(Context &context, Holder &holder, T *&items) {
  if (holder.size < holder.capacity)
    return true;
  uint32_t capacity = holder.capacity ? holder.capacity * 2 : 4;
  auto *grown = static_cast<T *>(context.allocate(capacity * sizeof(T)));
  if (!grown)
    return false;
  for (uint32_t i = 0; i < holder.size; ++i)
    grown[i] = items[i];
  items = grown;
  holder.capacity = capacity;
  return true;
}

void Context::append(const Value &list, const Value &item) {
  if (list.is(Kind::List) && grow(*this, *list.list, list.list->items))
    list.list->items[list.list->size++] = item;
}

void Context::set(const Value &dict, Span key, const Value &value) {
  if (!dict.is(Kind::Dict))
    return;
  if (Value *known = lookUp(dict, key))
    *known = value;
  else if (grow(*this, *dict.dict, dict.dict->entries))
    dict.dict->entries[dict.dict->size++] = {key, value};
}

Value Context::join(Span a, Span b) {
  auto *data = static_cast<char *>(allocate(a.size + b.size + 1));
  if (!data)
    return {};
  if (a.size)
    std::memcpy(data, a.data, a.size);
  if (b.size)
    std::memcpy(data + a.size, b.data, b.size);
  return Value::of(Span{data, a.size + b.size});
}

Value Context::copy(Span text) { return join(text, {nullptr, 0}); }

size_t chat::find(Span whole, Span part, size_t from) {
  for (size_t at = from;
       part.size <= whole.size && at <= whole.size - part.size; ++at)
    if (!part.size || !std::memcmp(whole.data + at, part.data, part.size))
      return at;
  return SIZE_MAX;
}

Span chat::strip(Span text, bool left, bool right) {
  auto drops = [](uint32_t codePoint) {
    return isWhiteSpace(codePoint) || (codePoint >= 0x1C && codePoint <= 0x1F);
  };
  while (left && text.size) {
    Utf8Unit unit = nextUnit(text);
    if (!drops(unit.codePoint))
      break;
    text = {text.data + unit.length, text.size - unit.length};
  }
  while (right && text.size) {
    size_t at = previousCharacter(text, text.size);
    if (!drops(nextUnit({text.data + at, text.size - at}).codePoint))
      break;
    text.size = at;
  }
  return text;
}

Value *chat::lookUp(const Value &dict, Span key) {
  for (uint32_t i = 0; i < dict.dict->size; ++i)
    if (same(dict.dict->entries[i].key, key))
      return &dict.dict->entries[i].value;
  return nullptr;
}

bool chat::isTrue(const Value &value) {
  switch (value.kind) {
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Bool:
    return value.boolean;
  case Kind::Int:
    return value.integer != 0;
  case Kind::Float:
    return value.real != 0;
  case Kind::String:
    return value.string.size != 0;
  case Kind::List:
    return value.list->size != 0;
  case Kind::Dict:
    return value.dict->isNamespace || value.dict->size != 0;
  case Kind::Macro:
  case Kind::Function:
    return true;
  }
  return false;
}

bool chat::equal(const Value &a, const Value &b, unsigned depth) {
  if (a.isNumber() && b.isNumber())
    return a.is(Kind::Float) || b.is(Kind::Float)
               ? a.toReal() == b.toReal()
               : a.toInteger() == b.toInteger();
  if (a.kind != b.kind || depth > kMaximumNesting)
    return false;
  if (a.is(Kind::String))
    return same(a.string, b.string);
  if (a.is(Kind::List)) {
    bool result = a.list->size == b.list->size;
    for (uint32_t i = 0; result && i < a.list->size; ++i)
      result = equal(a.list->items[i], b.list->items[i], depth + 1);
    return result;
  }
  if (a.is(Kind::Dict)) {
    bool result = a.dict->size == b.dict->size;
    for (uint32_t i = 0; result && i < a.dict->size; ++i) {
      const Value *other = lookUp(b, a.dict->entries[i].key);
      result = other && equal(a.dict->entries[i].value, *other, depth + 1);
    }
    return result;
  }
  return a.is(Kind::None) || a.is(Kind::Undefined) || a.macro == b.macro;
}

const char *chat::nameOf(Kind kind) {
  switch (kind) {
  case Kind::Undefined:
    return "undefined";
  case Kind::None:
    return "none";
  case Kind::Bool:
    return "a boolean";
  case Kind::Int:
  case Kind::Float:
    return "a number";
  case Kind::String:
    return "a string";
  case Kind::List:
    return "a list";
  case Kind::Dict:
    return "a mapping";
  case Kind::Macro:
  case Kind::Function:
    return "a function";
  }
  return "unknown";
}

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
