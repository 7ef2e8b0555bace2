//===- ExpressionParser.cpp - Operators of a chat template ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operators by precedence, lowest first; OperandParser.cpp has what they join.
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/ExpressionParser.h"
#include <new>

using namespace swage::text;
using namespace swage::text::chat;

void ExpressionParser::unexpected(const char *wanted) {
  const Token &token = now();
  const char *what = token.type == Token::CloseVariable ? "}}"
                     : token.type == Token::CloseBlock  ? "%}"
                     : token.type == Token::End         ? "the end"
                     : token.type == Token::Text        ? "text"
                                                        : nullptr;
  if (what)
    context.failAt(token.line, "found %s, want %s", what, wanted);
  else
    context.failAt(token.line, "found '%.*s', want %s",
                   int(token.text.size < 40 ? token.text.size : 40),
                   token.text.data, wanted);
}

bool ExpressionParser::expectOperator(const char *text) {
  if (acceptOperator(text))
    return true;
  unexpected(text);
  return false;
}

Span ExpressionParser::expectName() {
  Span name = now().text;
  if (now().type != Token::Name) {
    unexpected("a name");
    return {"", 0};
  }
  next();
  return name;
}

Node *ExpressionParser::make(Node::Type type) {
  void *memory = context.allocate(sizeof(Node));
  if (!memory)
    return nullptr;
  auto *node = new (memory) Node();
  node->type = type;
  node->line = now().line;
  return node;
}

Node *ExpressionParser::binary(Node *a, Span text, Node *b) {
  Node *node = make(Node::Binary);
  if (!node || !a || !b)
    return nullptr;
  node->line = a->line;
  node->text = text;
  node->a = a;
  node->b = b;
  return node;
}

Node *ExpressionParser::parseTuple() {
  Node *first = parseExpression();
  if (!first || !isOperator(","))
    return first;
  Node *node = make(Node::ListOf);
  Chain items;
  items.add(first);
  while (!context.failed() && acceptOperator(",")) {
    if (now().type == Token::CloseBlock || now().type == Token::CloseVariable ||
        isOperator(")"))
      break;
    items.add(parseExpression());
  }
  if (node)
    node->list = items.first;
  return node;
}

Node *ExpressionParser::parseExpression() {
  if (++depth > kMaximumDepth)
    context.failAt(now().line, "expressions lie more than %u deep",
                   kMaximumDepth);
  Node *node = context.failed() ? nullptr : parseOr();
  while (node && !context.failed() && acceptName("if")) {
    Node *choice = make(Node::Choice);
    if (!choice)
      return nullptr;
    choice->b = node;
    choice->a = parseOr();
    if (acceptName("else"))
      choice->c = parseExpression();
    node = choice;
  }
  --depth;
  return context.failed() ? nullptr : node;
}

Node *ExpressionParser::parseOr() {
  Node *node = parseAnd();
  while (node && isName("or")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseAnd());
  }
  return node;
}

Node *ExpressionParser::parseAnd() {
  Node *node = parseNot();
  while (node && isName("and")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseNot());
  }
  return node;
}

Node *ExpressionParser::parseNot() {
  bool negated = false;
  Node *node = make(Node::Unary);
  if (node)
    node->text = now().text;
  bool any = false;
  for (; acceptName("not"); any = true)
    negated = !negated;
  Node *operand = parseCompare();
  if (!any || !node || !operand)
    return operand;
  // Two of them make a boolean of the operand.
  node->text = spanOf("not");
  node->flag = !negated;
  node->a = operand;
  return node;
}

Node *ExpressionParser::parseCompare() {
  static const char *const kOperators[] = {"==", "!=", "<=", ">=", "<", ">"};
  Node *first = parseSum();
  Chain rest;
  while (first && !context.failed()) {
    Span text = {nullptr, 0};
    for (const char *known : kOperators)
      if (isOperator(known))
        text = now().text;
    if (isName("in")) {
      text = now().text;
    } else if (isName("not") && tokens[at + 1].type == Token::Name &&
               same(tokens[at + 1].text, "in")) {
      next();
      text = spanOf("not in");
    }
    if (!text.data)
      break;
    next();
    Node *part = make(Node::Binary);
    if (!part)
      return nullptr;
    part->text = text;
    part->b = parseSum();
    rest.add(part);
  }
  if (!rest.first || context.failed())
    return context.failed() ? nullptr : first;
  Node *node = make(Node::Compare);
  if (!node)
    return nullptr;
  node->line = first->line;
  node->a = first;
  node->list = rest.first;
  return node;
}

Node *ExpressionParser::parseSum() {
  Node *node = parseConcat();
  while (node && (isOperator("+") || isOperator("-"))) {
    Span text = now().text;
    next();
    node = binary(node, text, parseConcat());
  }
  return node;
}

Node *ExpressionParser::parseConcat() {
  Node *node = parseProduct();
  while (node && isOperator("~")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseProduct());
  }
  return node;
}

Node *ExpressionParser::parseProduct() {
  Node *node = parsePower();
  while (node && (isOperator("*") || isOperator("/") || isOperator("//") ||
                  isOperator("%"))) {
    Span text = now().text;
    next();
    node = binary(node, text, parsePower());
  }
  return node;
}

Node *ExpressionParser::parsePower() {
  Node *node = parseUnary(true);
  if (node && isOperator("**"))
    context.failAt(now().line, "'**' is not supported");
  return context.failed() ? nullptr : node;
}
