//===- Parser.cpp - A chat template as a tree -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/ExpressionParser.h"

using namespace swage::text;
using namespace swage::text::chat;

namespace {

/// Reads statements.
class TemplateParser : ExpressionParser {
public:
  TemplateParser(Context &context, const Array<Token> &tokens)
      : ExpressionParser(context, tokens) {}

  Node *parseTemplate();

private:
  bool expectClose();
  Node *parseBody(const char *const *ends);
  Node *parseStatement();
  Node *parseFor();
  Node *parseIf();
  Node *parseSet();
  Node *parseMacro();
  Node *parseTarget();
};

} // namespace

bool TemplateParser::expectClose() {
  if (now().type == Token::CloseBlock) {
    next();
    return true;
  }
  unexpected("%}");
  return false;
}

Node *TemplateParser::parseTemplate() {
  static const char *const kNothing[] = {nullptr};
  Node *body = make(Node::Block);
  Node *statements = parseBody(kNothing);
  if (!body || context.failed())
    return nullptr;
  body->body = statements;
  return body;
}

/// Statements up to a block that starts with one of `ends`, which is left.
Node *TemplateParser::parseBody(const char *const *ends) {
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

Node *TemplateParser::parseStatement() {
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

Node *TemplateParser::parseFor() {
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

Node *TemplateParser::parseIf() {
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

Node *TemplateParser::parseTarget() {
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

Node *TemplateParser::parseSet() {
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

Node *TemplateParser::parseMacro() {
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

const Node *chat::parse(Span source, Context &context) {
  auto &memory = context.memory();
  Array<Token> tokens(memory);
  if (!lex(source, context, tokens))
    return nullptr;
  return TemplateParser(context, tokens).parseTemplate();
}
