//===- Interpreter.h - Runs a chat template -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_INTERPRETER_H
#define SWAGE_TEXT_CHAT_INTERPRETER_H

#include "runtime/text/chat/Parser.h"

namespace swage::text::chat {

/// Appends the text of a template to `out`; `globals` is a dict of its
/// variables. What goes wrong is a failure in `context`.
void render(const Node *body, const Value &globals, Context &context,
            Array<char> &out);

/// Values that a call, a filter or a test gets.
struct Arguments {
  static constexpr unsigned kMaximum = 8;
  struct Argument {
    Span keyword;
    Value value;
  };
  Argument items[kMaximum];
  unsigned count = 0;
  uint32_t line = 0;

  /// The one with this keyword, else the one at this place among those without;
  /// null if there is none.
  const Value *get(unsigned place, const char *keyword = "") const;
};

/// Whether a name that is no variable is a function that `callFunction` knows.
bool isFunction(Span name);
Value callFunction(Span name, const Arguments &arguments, Context &context);

/// The built-in parts of the language; an unknown name is a failure.
Value applyFilter(Span name, const Value &value, const Arguments &arguments,
                  Context &context);
bool applyTest(Span name, const Value &value, const Arguments &arguments,
               Context &context);
Value callMethod(Span name, const Value &object, const Arguments &arguments,
                 Context &context);

/// The text of a value as a string.
Value toText(const Value &value, Context &context);
/// Items of a list, keys of a dict, characters of a string; a failure for what
/// cannot be iterated over.
Value toList(const Value &value, uint32_t line, Context &context);
bool contains(const Value &whole, const Value &part, uint32_t line,
              Context &context);

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_INTERPRETER_H
