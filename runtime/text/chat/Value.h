//===- Value.h - What a chat template computes with -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_VALUE_H
#define SWAGE_TEXT_CHAT_VALUE_H

#include "runtime/text/Status.h"
#include "runtime/text/Utf8.h"
#include <cstdint>

namespace swage::text::chat {

struct List;
struct Dict;
struct Node;

enum class Kind : uint8_t {
  Undefined,
  None,
  Bool,
  Int,
  Float,
  String,
  List,
  Dict,
  /// A macro of the template.
  Macro,
  /// A function of the interpreter, by name.
  Function,
};

/// A value; what it refers to lives in the context.
struct Value {
  Kind kind = Kind::Undefined;
  union {
    bool boolean;
    int64_t integer;
    double real;
    Span string;
    List *list;
    Dict *dict;
    const Node *macro;
  };

  Value() : integer(0) {}
  static Value none() { return of(Kind::None); }
  static Value of(Kind kind) {
    Value value;
    value.kind = kind;
    return value;
  }
  static Value of(bool boolean) {
    Value value = of(Kind::Bool);
    value.boolean = boolean;
    return value;
  }
  static Value of(int64_t integer) {
    Value value = of(Kind::Int);
    value.integer = integer;
    return value;
  }
  static Value of(double real) {
    Value value = of(Kind::Float);
    value.real = real;
    return value;
  }
  static Value of(Span string) {
    Value value = of(Kind::String);
    value.string = string;
    return value;
  }
  bool is(Kind wanted) const { return kind == wanted; }
  bool isNumber() const {
    return is(Kind::Int) || is(Kind::Float) || is(Kind::Bool);
  }
  /// Of a number.
  double toReal() const {
    return is(Kind::Float) ? real : is(Kind::Int) ? double(integer) : boolean;
  }
  /// Of an Int or Bool.
  int64_t toInteger() const { return is(Kind::Int) ? integer : boolean; }
};

struct List {
  Value *items;
  uint32_t size, capacity;
};

struct Entry {
  Span key;
  Value value;
};

/// Keys are strings, in the order in which they came.
struct Dict {
  Entry *entries;
  uint32_t size, capacity;
  bool isNamespace;
};

/// Memory and failure of one rendering. Everything is bounded, so that no
/// template can take a machine down.
class Context {
public:
  Context(const swage_allocator_t &allocator, swage_status_t *status)
      : allocator(allocator), status(status), blocks(allocator) {}
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
  ~Context();

  /// Memory that lives as long as this; null, with a failure, if there is none.
  void *allocate(size_t size);
  /// Writes the first failure, with the line it is about.
  __attribute__((format(printf, 3, 4))) void failAt(uint32_t line,
                                                    const char *format, ...);
  /// Says that there is no memory, unless something failed before.
  void exhausted();
  bool failed() const { return code != SWAGE_OK; }
  const swage_allocator_t &memory() const { return allocator; }
  swage_status_code_t result() const { return code; }
  /// Counts a step of work; false once there are too many.
  bool step(uint32_t line);

  Value newList();
  Value newDict();
  void append(const Value &list, const Value &item);
  void set(const Value &dict, Span key, const Value &value);
  /// A string of two parts.
  Value join(Span a, Span b);
  Value copy(Span text);

private:
  struct Block {
    char *data;
    size_t size;
  };
  swage_allocator_t allocator;
  swage_status_t *status;
  Array<Block> blocks;
  size_t used = 0, total = 0;
  uint64_t steps = 0;
  swage_status_code_t code = SWAGE_OK;
};

inline Span spanOf(const char *text) { return {text, std::strlen(text)}; }
inline bool same(Span a, Span b) {
  return a.size == b.size && (!a.size || !std::memcmp(a.data, b.data, a.size));
}
inline bool same(Span a, const char *b) { return same(a, spanOf(b)); }
/// Where `part` begins in `whole` from `from` on; SIZE_MAX if it does not.
size_t find(Span whole, Span part, size_t from = 0);
/// What Python's str.strip drops from the ends that are asked for.
Span strip(Span text, bool left, bool right);

/// How deep lists and dicts may lie in each other where they are compared or
/// printed.
constexpr unsigned kMaximumNesting = 64;

/// Null if there is no such key.
Value *lookUp(const Value &dict, Span key);
bool isTrue(const Value &value);
bool equal(const Value &a, const Value &b, unsigned depth = 0);
/// How a value's type is called in messages.
const char *nameOf(Kind kind);
/// Python's str(), or its repr() if `quotes`; or JSON, where `indent` below 0
/// means one line. False, with a failure, if memory is exhausted or it is
/// nested too deep.
bool appendText(const Value &value, bool quotes, Array<char> &out,
                Context &context);
bool appendJson(const Value &value, int indent, Array<char> &out,
                Context &context);

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_VALUE_H
