//===- Value.cpp - What a chat template computes with ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Value.h"
#include <cstdarg>
#include <cstdio>

using namespace swage::text;
using namespace swage::text::chat;

static constexpr size_t kBlockSize = 64 << 10;
static constexpr size_t kMaximumMemory = size_t(256) << 20;
static constexpr uint64_t kMaximumSteps = 2000000;

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
