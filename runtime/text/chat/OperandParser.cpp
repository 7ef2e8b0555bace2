//===- OperandParser.cpp - Operands of a chat template's expressions ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Literals and names, with their signs, subscripts, calls, filters and tests.
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/ExpressionParser.h"
#include <charconv>
#include <cstdlib>

using namespace swage::text;
using namespace swage::text::chat;

Node *ExpressionParser::parseUnary(bool withFilters) {
  if (++depth > kMaximumDepth)
    context.failAt(now().line, "expressions lie more than %u deep",
                   kMaximumDepth);
  Node *node = nullptr;
  if (!context.failed() && (isOperator("-") || isOperator("+"))) {
    node = make(Node::Unary);
    Span text = now().text;
    next();
    Node *operand = parseUnary(false);
    if (node) {
      node->text = text;
      node->a = operand;
    }
  } else if (!context.failed()) {
    node = parsePrimary();
  }
  if (node && !context.failed())
    node = parsePostfix(node);
  if (node && withFilters && !context.failed())
    node = parseFilters(node);
  --depth;
  return context.failed() ? nullptr : node;
}

/// String literals in a row are one.
Node *ExpressionParser::parseString() {
  Node *node = make(Node::Literal);
  Value value = Value::of(now().text);
  next();
  while (now().type == Token::String) {
    value = context.join(value.string, now().text);
    if (context.failed())
      return nullptr;
    next();
  }
  if (node)
    node->value = value;
  return node;
}

Node *ExpressionParser::parseItems(const char *close, bool pairs) {
  Node *node = make(pairs ? Node::DictOf : Node::ListOf);
  Chain items;
  next();
  while (!context.failed() && !isOperator(close)) {
    Node *item = parseExpression();
    if (pairs && !context.failed()) {
      Node *pair = make(Node::Pair);
      if (!pair || !expectOperator(":"))
        return nullptr;
      pair->a = item;
      pair->b = parseExpression();
      item = pair;
    }
    items.add(item);
    if (!context.failed() && !isOperator(close) && !expectOperator(","))
      return nullptr;
  }
  next();
  if (node)
    node->list = items.first;
  return node;
}

Node *ExpressionParser::parseNumber() {
  const Token &token = now();
  Node *node = make(Node::Literal);
  if (!node)
    return nullptr;
  char digits[32] = {};
  if (token.text.size >= sizeof(digits) - 1 ||
      (token.type == Token::Int && token.text.size > 18)) {
    context.failAt(token.line, "a number has too many digits");
    return nullptr;
  }
  std::memcpy(digits, token.text.data, token.text.size);
  // strtod reads by the program's locale.
  double real = 0;
  std::from_chars(digits, digits + token.text.size, real);
  node->value = token.type == Token::Int
                    ? Value::of(int64_t(std::strtoll(digits, nullptr, 10)))
                    : Value::of(real);
  next();
  return node;
}

Node *ExpressionParser::parsePrimary() {
  const Token &token = now();
  if (token.type == Token::String)
    return parseString();
  if (isOperator("["))
    return parseItems("]", false);
  if (isOperator("{"))
    return parseItems("}", true);
  if (isOperator("(")) {
    next();
    Node *node = parseTuple();
    return !context.failed() && expectOperator(")") ? node : nullptr;
  }
  if (token.type == Token::Int || token.type == Token::Float)
    return parseNumber();
  Node *node = make(Node::Literal);
  if (!node)
    return nullptr;
  if (token.type != Token::Name) {
    unexpected("an expression");
    return nullptr;
  }
  Span name = expectName();
  if (same(name, "true") || same(name, "True"))
    node->value = Value::of(true);
  else if (same(name, "false") || same(name, "False"))
    node->value = Value::of(false);
  else if (same(name, "none") || same(name, "None"))
    node->value = Value::none();
  else
    node->type = Node::Name;
  node->text = name;
  return node;
}

Node *ExpressionParser::parseSubscript(Node *object) {
  Node *node = make(Node::Item);
  if (!node)
    return nullptr;
  node->a = object;
  next();
  if (!isOperator(":"))
    node->b = parseExpression();
  if (isOperator(":")) {
    node->type = Node::Slice;
    next();
    if (!isOperator("]") && !isOperator(":"))
      node->c = parseExpression();
    if (!context.failed() && acceptOperator(":") && !isOperator("]"))
      node->body = parseExpression();
  }
  return !context.failed() && expectOperator("]") ? node : nullptr;
}

/// The arguments of a call, if there is one here; the bracket is taken.
Node *ExpressionParser::parseArguments() {
  Chain chain;
  next();
  while (!context.failed() && !isOperator(")")) {
    Node *argument = make(Node::Argument);
    if (!argument)
      return nullptr;
    const Token &after = tokens[at + (at + 1 < tokens.size())];
    if (now().type == Token::Name && after.type == Token::Operator &&
        same(after.text, "=")) {
      argument->text = expectName();
      next();
    }
    argument->a = parseExpression();
    chain.add(argument);
    if (!context.failed() && !isOperator(")") && !expectOperator(","))
      return nullptr;
  }
  next();
  return chain.first;
}

Node *ExpressionParser::parsePostfix(Node *node) {
  while (node && !context.failed()) {
    if (isOperator("[")) {
      node = parseSubscript(node);
    } else if (isOperator(".")) {
      next();
      Node *attribute = make(Node::Attribute);
      if (!attribute)
        return nullptr;
      attribute->a = node;
      attribute->text = expectName();
      node = attribute;
    } else if (isOperator("(")) {
      Node *call = make(Node::Call);
      if (!call)
        return nullptr;
      call->a = node;
      call->list = parseArguments();
      node = call;
    } else {
      break;
    }
  }
  return node;
}

Node *ExpressionParser::parseFilters(Node *node) {
  while (node && !context.failed()) {
    if (acceptOperator("|")) {
      Node *filter = make(Node::Filter);
      if (!filter)
        return nullptr;
      filter->a = node;
      filter->text = expectName();
      if (isOperator("("))
        filter->list = parseArguments();
      node = filter;
    } else if (acceptName("is")) {
      node = parseTest(node);
    } else {
      break;
    }
  }
  return node;
}

Node *ExpressionParser::parseTest(Node *object) {
  Node *test = make(Node::Test);
  if (!test)
    return nullptr;
  test->a = object;
  test->flag = acceptName("not");
  test->text = expectName();
  if (isOperator("(")) {
    test->list = parseArguments();
    return test;
  }
  // One argument may stand without brackets.
  Token::Type type = now().type;
  bool word = type == Token::Name && !isName("and") && !isName("or") &&
              !isName("else") && !isName("if") && !isName("is") &&
              !isName("in") && !isName("not");
  if (!word && type != Token::String && type != Token::Int &&
      type != Token::Float && !isOperator("[") && !isOperator("{"))
    return test;
  Node *argument = make(Node::Argument);
  Node *value = parsePrimary();
  if (!argument || !value)
    return nullptr;
  argument->a = parsePostfix(value);
  test->list = argument;
  return test;
}
