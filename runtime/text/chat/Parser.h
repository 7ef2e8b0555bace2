//===- Parser.h - A chat template as a tree -------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_PARSER_H
#define SWAGE_TEXT_CHAT_PARSER_H

#include "runtime/text/chat/Lexer.h"

namespace swage::text::chat {

/// A node of the tree. Which members count is said at each type; lists are
/// chained by `next`.
struct Node {
  enum Type : uint8_t {
    // Statements.
    Text,     ///< text
    Output,   ///< a: expression
    For,      ///< list: targets (Name), a: iterable, b: condition, body, other
    If,       ///< a: condition, body, list: the elif, other: the else
    Set,      ///< a: target (Name or Attribute), b: value
    SetBlock, ///< a: target, body
    Macro,    ///< text: name, list: Parameter, body
    Block,    ///< body
    Break,
    Continue,
    // Expressions.
    Literal,   ///< value
    Name,      ///< text
    ListOf,    ///< list: items
    DictOf,    ///< list: Pair
    Pair,      ///< a: key, b: value
    Attribute, ///< a: object, text: name
    Item,      ///< a: object, b: index
    Slice,     ///< a: object, b: from, c: to, body: step
    Call,      ///< a: function, list: Argument
    Filter,    ///< a: object or null, text: name, list: Argument
    Test,      ///< a: object, text: name, list: Argument, flag: negated
    Argument,  ///< text: keyword or empty, a: value
    Parameter, ///< text: name, a: default or null
    Unary,     ///< text: operator, a
    Binary,    ///< text: operator, a, b
    Compare,   ///< a: first, list: Binary with operator and b
    Choice,    ///< a: condition, b: if true, c: else or null
  };
  Type type;
  bool flag = false;
  uint32_t line = 0;
  Span text = {"", 0};
  Value value;
  Node *a = nullptr, *b = nullptr, *c = nullptr;
  Node *list = nullptr, *body = nullptr, *other = nullptr;
  Node *next = nullptr;
};

/// The statements of `source`; null, with a failure in `context`, if it is not
/// a template of the language that docs/tokenizer.md describes. Nodes live in
/// `context` and refer to `source`.
const Node *parse(Span source, Context &context);

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_PARSER_H
