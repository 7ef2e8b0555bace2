//===- Execution.h - The state of a running chat template -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_EXECUTION_H
#define SWAGE_TEXT_CHAT_EXECUTION_H

#include "runtime/text/chat/Interpreter.h"

namespace swage::text::chat {

/// The variables of one block, and those around it.
struct Scope {
  Value variables;
  const Scope *parent;
};

/// How a statement ended.
enum class Flow { Normal, Break, Continue };

/// Runs statements and evaluates expressions.
class Interpreter {
public:
  explicit Interpreter(Context &context) : context(context) {}
  Flow runAll(const Node *first, Scope &scope, Array<char> &out);

  /// The scope of the template, which macros see.
  const Scope *root = nullptr;

private:
  // Statements: Interpreter.cpp.
  Flow runOne(const Node &node, Scope &scope, Array<char> &out);
  Flow runFor(const Node &node, Scope &scope, Array<char> &out);
  void assign(const Node &target, const Value &value, Scope &scope);
  void print(Span text, uint32_t line, Array<char> &out);
  Value loopOf(const Value &items, uint32_t index);
  Value callMacro(const Node &macro, const Arguments &arguments);

  // Expressions: Expressions.cpp.
  Value eval(const Node *node, const Scope &scope);
  Value evalBinary(const Node &node, const Scope &scope);
  Value evalCompare(const Node &node, const Scope &scope);
  Value evalItem(const Node &node, const Scope &scope);
  Value evalSlice(const Node &node, const Scope &scope);
  Value evalCall(const Node &node, const Scope &scope);
  Arguments evalArguments(const Node &node, const Scope &scope);

  Context &context;
  unsigned calls = 0;
};

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_EXECUTION_H
