//===- Parser.cpp - A chat template as a tree -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Parser.h"
#include <cstdlib>
#include <new>

using namespace swage::text;
using namespace swage::text::chat;

/// How deep statements and expressions may lie in each other.
static constexpr unsigned kMaximumDepth = 200;

namespace {

/// Collects nodes in order.
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

class Parser {
public:
  Parser(Context &context, const Array<Token> &tokens)
      : context(context), tokens(tokens) {}

  Node *parseTemplate();

private:
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
  void unexpected(const char *wanted);
  bool expectOperator(const char *text);
  bool expectClose();
  Span expectName();
  Node *make(Node::Type type);
  Node *binary(Node *a, Span text, Node *b);

  Node *parseBody(const char *const *ends);
  Node *parseStatement();
  Node *parseFor();
  Node *parseIf();
  Node *parseSet();
  Node *parseMacro();
  Node *parseTarget();
  /// An expression, or several as a tuple.
  Node *parseTuple();
  Node *parseExpression();
  Node *parseOr();
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
  Node *parseItems(const char *close, bool pairs);
  Node *parsePostfix(Node *node);
  Node *parseFilters(Node *node);
  Node *parseTest(Node *node);
  Node *parseSubscript(Node *node);
  Node *parseArguments();

  Context &context;
  const Array<Token> &tokens;
  size_t at = 0;
  unsigned depth = 0;
};

} // namespace

void Parser::unexpected(const char *wanted) {
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

bool Parser::expectOperator(const char *text) {
  if (acceptOperator(text))
    return true;
  unexpected(text);
  return false;
}

bool Parser::expectClose() {
  if (now().type == Token::CloseBlock) {
    next();
    return true;
  }
  unexpected("%}");
  return false;
}

Span Parser::expectName() {
  Span name = now().text;
  if (now().type != Token::Name) {
    unexpected("a name");
    return {"", 0};
  }
  next();
  return name;
}

Node *Parser::make(Node::Type type) {
  void *memory = context.allocate(sizeof(Node));
  if (!memory)
    return nullptr;
  auto *node = new (memory) Node();
  node->type = type;
  node->line = now().line;
  return node;
}

Node *Parser::binary(Node *a, Span text, Node *b) {
  Node *node = make(Node::Binary);
  if (!node || !a || !b)
    return nullptr;
  node->line = a->line;
  node->text = text;
  node->a = a;
  node->b = b;
  return node;
}

Node *Parser::parseTemplate() {
  static const char *const kNothing[] = {nullptr};
  Node *body = make(Node::Block);
  Node *statements = parseBody(kNothing);
  if (!body || context.failed())
    return nullptr;
  body->body = statements;
  return body;
}

/// Statements up to a block that starts with one of `ends`, which is left.
Node *Parser::parseBody(const char *const *ends) {
  if (++depth > kMaximumDepth)
    context.failAt(now().line, "blocks lie more than %u deep", kMaximumDepth);
  Chain chain;
  while (!context.failed() && now().type != Token::End) {
    if (now().type == Token::OpenBlock) {
      const Token &word = tokens[at + 1];
      bool ended = false;
      for (size_t i = 0; ends[i]; ++i)
        ended |= word.type == Token::Name && same(word.text, ends[i]);
      if (ended)
        break;
    }
    chain.add(parseStatement());
  }
  if (now().type == Token::End && ends[0] && !context.failed())
    context.failAt(now().line, "found the end, want '%s'", ends[0]);
  --depth;
  return chain.first;
}

Node *Parser::parseStatement() {
  if (now().type == Token::Text) {
    Node *node = make(Node::Text);
    if (node)
      node->text = now().text;
    next();
    return node;
  }
  if (now().type == Token::OpenVariable) {
    next();
    Node *node = make(Node::Output);
    Node *value = parseTuple();
    if (!context.failed() && now().type != Token::CloseVariable)
      unexpected("}}");
    next();
    if (node)
      node->a = value;
    return node;
  }
  next();
  uint32_t line = now().line;
  Span word = expectName();
  if (same(word, "for"))
    return parseFor();
  if (same(word, "if"))
    return parseIf();
  if (same(word, "set"))
    return parseSet();
  if (same(word, "macro"))
    return parseMacro();
  if (same(word, "break") || same(word, "continue")) {
    Node *node = make(same(word, "break") ? Node::Break : Node::Continue);
    return expectClose() ? node : nullptr;
  }
  if (same(word, "generation")) {
    // Marks what training learns from; it does not change the text.
    static const char *const kEnd[] = {"endgeneration", nullptr};
    Node *node = make(Node::Block);
    if (!expectClose() || !node)
      return nullptr;
    node->body = parseBody(kEnd);
    next();
    next();
    return expectClose() ? node : nullptr;
  }
  context.failAt(line,
                 "block '%.*s' is not supported, known are for, if, set, "
                 "macro, break, continue and generation",
                 int(word.size < 40 ? word.size : 40), word.data);
  return nullptr;
}

Node *Parser::parseFor() {
  static const char *const kElse[] = {"endfor", "else", nullptr};
  static const char *const kEnd[] = {"endfor", nullptr};
  Node *node = make(Node::For);
  if (!node)
    return nullptr;
  Chain targets;
  bool brackets = acceptOperator("(");
  do {
    Node *target = make(Node::Name);
    if (!target)
      return nullptr;
    target->text = expectName();
    targets.add(target);
  } while (acceptOperator(","));
  if (brackets && !expectOperator(")"))
    return nullptr;
  node->list = targets.first;
  if (!acceptName("in"))
    unexpected("in");
  node->a = parseOr();
  if (acceptName("if"))
    node->b = parseExpression();
  if (context.failed() || !expectClose())
    return nullptr;
  node->body = parseBody(kElse);
  next();
  if (acceptName("else")) {
    if (!expectClose())
      return nullptr;
    node->other = parseBody(kEnd);
    next();
  }
  next();
  return expectClose() ? node : nullptr;
}

Node *Parser::parseIf() {
  static const char *const kEnds[] = {"endif", "elif", "else", nullptr};
  static const char *const kEnd[] = {"endif", nullptr};
  Node *first = make(Node::If), *node = first;
  while (node) {
    node->a = parseExpression();
    if (context.failed() || !expectClose())
      return nullptr;
    node->body = parseBody(kEnds);
    next();
    if (!acceptName("elif"))
      break;
    node = node->list = make(Node::If);
  }
  if (node && acceptName("else")) {
    if (!expectClose())
      return nullptr;
    node->other = parseBody(kEnd);
    next();
  }
  next();
  return expectClose() ? first : nullptr;
}

Node *Parser::parseTarget() {
  Node *node = make(Node::Name);
  if (!node)
    return nullptr;
  node->text = expectName();
  if (!acceptOperator("."))
    return node;
  Node *attribute = make(Node::Attribute);
  if (!attribute)
    return nullptr;
  attribute->a = node;
  attribute->text = expectName();
  return attribute;
}

Node *Parser::parseSet() {
  static const char *const kEnd[] = {"endset", nullptr};
  Node *node = make(Node::Set);
  Node *target = parseTarget();
  if (!node || context.failed())
    return nullptr;
  node->a = target;
  if (acceptOperator("=")) {
    node->b = parseTuple();
    return !context.failed() && expectClose() ? node : nullptr;
  }
  node->type = Node::SetBlock;
  if (!expectClose())
    return nullptr;
  node->body = parseBody(kEnd);
  next();
  next();
  return expectClose() ? node : nullptr;
}

Node *Parser::parseMacro() {
  static const char *const kEnd[] = {"endmacro", nullptr};
  Node *node = make(Node::Macro);
  Span name = expectName();
  if (!node || !expectOperator("("))
    return nullptr;
  node->text = name;
  Chain parameters;
  while (!context.failed() && !isOperator(")")) {
    Node *parameter = make(Node::Parameter);
    if (!parameter)
      return nullptr;
    parameter->text = expectName();
    if (acceptOperator("="))
      parameter->a = parseExpression();
    parameters.add(parameter);
    if (!isOperator(")") && !expectOperator(","))
      return nullptr;
  }
  node->list = parameters.first;
  next();
  if (context.failed() || !expectClose())
    return nullptr;
  node->body = parseBody(kEnd);
  next();
  next();
  return expectClose() ? node : nullptr;
}

Node *Parser::parseTuple() {
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

Node *Parser::parseExpression() {
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

Node *Parser::parseOr() {
  Node *node = parseAnd();
  while (node && isName("or")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseAnd());
  }
  return node;
}

Node *Parser::parseAnd() {
  Node *node = parseNot();
  while (node && isName("and")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseNot());
  }
  return node;
}

Node *Parser::parseNot() {
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

Node *Parser::parseCompare() {
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

Node *Parser::parseSum() {
  Node *node = parseConcat();
  while (node && (isOperator("+") || isOperator("-"))) {
    Span text = now().text;
    next();
    node = binary(node, text, parseConcat());
  }
  return node;
}

Node *Parser::parseConcat() {
  Node *node = parseProduct();
  while (node && isOperator("~")) {
    Span text = now().text;
    next();
    node = binary(node, text, parseProduct());
  }
  return node;
}

Node *Parser::parseProduct() {
  Node *node = parsePower();
  while (node && (isOperator("*") || isOperator("/") || isOperator("//") ||
                  isOperator("%"))) {
    Span text = now().text;
    next();
    node = binary(node, text, parsePower());
  }
  return node;
}

Node *Parser::parsePower() {
  Node *node = parseUnary(true);
  if (node && isOperator("**"))
    context.failAt(now().line, "'**' is not supported");
  return context.failed() ? nullptr : node;
}

Node *Parser::parseUnary(bool withFilters) {
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
Node *Parser::parseString() {
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

Node *Parser::parseItems(const char *close, bool pairs) {
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

Node *Parser::parsePrimary() {
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
  Node *node = make(Node::Literal);
  if (!node)
    return nullptr;
  if (token.type == Token::Int || token.type == Token::Float) {
    char digits[32] = {};
    if (token.text.size >= sizeof(digits) - 1 ||
        (token.type == Token::Int && token.text.size > 18)) {
      context.failAt(token.line, "a number has too many digits");
      return nullptr;
    }
    std::memcpy(digits, token.text.data, token.text.size);
    node->value = token.type == Token::Int
                      ? Value::of(int64_t(std::strtoll(digits, nullptr, 10)))
                      : Value::of(std::strtod(digits, nullptr));
    next();
    return node;
  }
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

Node *Parser::parseSubscript(Node *object) {
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
Node *Parser::parseArguments() {
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

Node *Parser::parsePostfix(Node *node) {
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

Node *Parser::parseFilters(Node *node) {
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

Node *Parser::parseTest(Node *object) {
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

const Node *chat::parse(Span source, Context &context) {
  auto &memory = context.memory();
  Array<Token> tokens(memory);
  if (!lex(source, context, tokens))
    return nullptr;
  return Parser(context, tokens).parseTemplate();
}
