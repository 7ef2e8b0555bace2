//===- ExpressionParser.h - Expressions of a chat template ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_EXPRESSIONPARSER_H
#define SWAGE_TEXT_CHAT_EXPRESSIONPARSER_H

#include "runtime/text/chat/Parser.h"

namespace swage::text::chat {

/// How deep statements and expressions may lie in each other.
constexpr unsigned kMaximumDepth = 200;

/// Chains nodes in order.
class Chain {
public:
  void add(Node *node) {
    *end = node;
    if (node)
      end = &node->next;
  }
  Node *first = nullptr;

private:
  Node **end = &first;
};

/// Reads expressions by precedence, lowest first. What goes wrong is a failure
/// in the context, and the node is then null.
class ExpressionParser {
protected:
  ExpressionParser(Context &context, const Array<Token> &tokens)
      : context(context), tokens(tokens) {}

  const Token &now() const { return tokens[at]; }
  bool is(Token::Type type, const char *text) const {
    return now().type == type && same(now().text, text);
  }
  bool isOperator(const char *text) const { return is(Token::Operator, text); }
  bool isName(const char *text) const { return is(Token::Name, text); }
  void next() { at += at + 1 < tokens.size(); }
  bool accept(Token::Type type, const char *text) {
    if (!is(type, text))
      return false;
    next();
    return true;
  }
  bool acceptOperator(const char *text) {
    return accept(Token::Operator, text);
  }
  bool acceptName(const char *text) { return accept(Token::Name, text); }
  /// Says what was found where `wanted` should stand.
  void unexpected(const char *wanted);
  bool expectOperator(const char *text);
  Span expectName();
  Node *make(Node::Type type);

  /// An expression, or several as a tuple.
  Node *parseTuple();
  Node *parseExpression();
  /// An expression without `if`, which means something else in a loop's head.
  Node *parseOr();

  Context &context;
  const Array<Token> &tokens;
  size_t at = 0;
  unsigned depth = 0;

private:
  Node *binary(Node *a, Span text, Node *b);
  Node *parseAnd();
  Node *parseNot();
  Node *parseCompare();
  Node *parseSum();
  Node *parseConcat();
  Node *parseProduct();
  Node *parsePower();
  Node *parseUnary(bool withFilters);
  Node *parsePrimary();
  Node *parseString();
  Node *parseNumber();
  Node *parseItems(const char *close, bool pairs);
  Node *parsePostfix(Node *node);
  Node *parseFilters(Node *node);
  Node *parseTest(Node *node);
  Node *parseSubscript(Node *node);
  Node *parseArguments();
};

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_EXPRESSIONPARSER_H
