//===- Expressions.cpp - Evaluates a chat template's expressions ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Execution.h"
#include <initializer_list>

using namespace swage::text;
using namespace swage::text::chat;

Value Interpreter::evalBinary(const Node &node, const Scope &scope) {
  Value a = eval(node.a, scope);
  if (same(node.text, "and"))
    return isTrue(a) ? eval(node.b, scope) : a;
  if (same(node.text, "or"))
    return isTrue(a) ? a : eval(node.b, scope);
  Value b = eval(node.b, scope);
  if (context.failed())
    return {};
  char sign = node.text.data[0];
  if (sign == '~') {
    Value left = toText(a, context), right = toText(b, context);
    return context.failed() ? Value() : context.join(left.string, right.string);
  }
  if (sign == '+' && a.is(Kind::String) && b.is(Kind::String))
    return context.join(a.string, b.string);
  if (sign == '+' && a.is(Kind::List) && b.is(Kind::List)) {
    Value list = context.newList();
    for (const Value &part : {a, b})
      for (uint32_t i = 0; !context.failed() && i < part.list->size; ++i)
        context.append(list, part.list->items[i]);
    return list;
  }
  if (!a.isNumber() || !b.isNumber()) {
    context.failAt(node.line, "'%.*s' does not work on %s and %s",
                   int(node.text.size), node.text.data, nameOf(a.kind),
                   nameOf(b.kind));
    return {};
  }
  bool divides = sign == '/' || sign == '%';
  if (divides && b.toReal() == 0) {
    context.failAt(node.line, "division by zero");
    return {};
  }
  bool real = a.is(Kind::Float) || b.is(Kind::Float) ||
              (sign == '/' && node.text.size == 1);
  if (real) {
    double x = a.toReal(), y = b.toReal();
    if (sign == '%' || node.text.size == 2) {
      context.failAt(node.line, "'%.*s' is supported on integers only",
                     int(node.text.size), node.text.data);
      return {};
    }
    return Value::of(sign == '+'   ? x + y
                     : sign == '-' ? x - y
                     : sign == '*' ? x * y
                                   : x / y);
  }
  int64_t x = a.toInteger(), y = b.toInteger(), result = 0;
  bool overflows = sign == '+'   ? __builtin_add_overflow(x, y, &result)
                   : sign == '-' ? __builtin_sub_overflow(x, y, &result)
                   : sign == '*' ? __builtin_mul_overflow(x, y, &result)
                                 : x == INT64_MIN;
  if (overflows) {
    context.failAt(node.line, "an integer gets too large");
    return {};
  }
  if (divides) {
    // Python rounds down, and the remainder has the divisor's sign.
    int64_t quotient = x / y, rest = x % y;
    if (rest && (rest < 0) != (y < 0))
      --quotient, rest += y;
    result = sign == '/' ? quotient : rest;
  }
  return Value::of(result);
}

Value Interpreter::evalCompare(const Node &node, const Scope &scope) {
  Value a = eval(node.a, scope);
  for (const Node *part = node.list; part; part = part->next) {
    Value b = eval(part->b, scope);
    if (context.failed())
      return {};
    bool holds = false;
    Span text = part->text;
    if (same(text, "==") || same(text, "!=")) {
      holds = equal(a, b) == same(text, "==");
    } else if (same(text, "in") || same(text, "not in")) {
      holds = contains(b, a, part->line, context) == same(text, "in");
    } else {
      bool strings = a.is(Kind::String) && b.is(Kind::String);
      if (!strings && !(a.isNumber() && b.isNumber())) {
        context.failAt(part->line, "'%.*s' does not compare %s and %s",
                       int(text.size), text.data, nameOf(a.kind),
                       nameOf(b.kind));
        return {};
      }
      int order = 0;
      if (strings) {
        size_t common =
            a.string.size < b.string.size ? a.string.size : b.string.size;
        order = common ? std::memcmp(a.string.data, b.string.data, common) : 0;
        if (!order)
          order =
              (a.string.size > b.string.size) - (a.string.size < b.string.size);
      } else {
        order = (a.toReal() > b.toReal()) - (a.toReal() < b.toReal());
      }
      bool orEqual = text.size == 2;
      holds =
          (orEqual && !order) || (text.data[0] == '<' ? order < 0 : order > 0);
    }
    if (!holds)
      return Value::of(false);
    a = b;
  }
  return Value::of(true);
}

Value Interpreter::evalItem(const Node &node, const Scope &scope) {
  Value object = eval(node.a, scope);
  Value index =
      node.type == Node::Attribute ? Value::of(node.text) : eval(node.b, scope);
  if (context.failed())
    return {};
  if (object.is(Kind::Undefined)) {
    context.failAt(node.line, "an undefined value has no members");
    return {};
  }
  if (object.is(Kind::Dict) && index.is(Kind::String)) {
    const Value *found = lookUp(object, index.string);
    return found ? *found : Value();
  }
  if (!index.is(Kind::Int) ||
      (!object.is(Kind::List) && !object.is(Kind::String)))
    return {};
  Value list = toList(object, node.line, context);
  if (context.failed())
    return {};
  int64_t size = list.list->size, at = index.integer;
  at += at < 0 ? size : 0;
  return at >= 0 && at < size ? list.list->items[at] : Value();
}

Value Interpreter::evalSlice(const Node &node, const Scope &scope) {
  Value object = eval(node.a, scope);
  Value bounds[3] = {eval(node.b, scope), eval(node.c, scope),
                     eval(node.body, scope)};
  Value items = toList(object, node.line, context);
  for (const Value &bound : bounds)
    if (!bound.is(Kind::Int) && !bound.is(Kind::None))
      context.failAt(node.line, "a slice wants integers");
  int64_t step = bounds[2].is(Kind::Int) ? bounds[2].integer : 1;
  if (step != 1 && step != -1)
    context.failAt(node.line, "a slice steps by 1 or -1 only");
  if (context.failed())
    return {};
  int64_t size = items.list->size;
  auto place = [&](const Value &bound, int64_t otherwise) {
    if (!bound.is(Kind::Int))
      return otherwise;
    int64_t at = bound.integer;
    if (at < 0)
      at = at < -size ? -1 : at + size;
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? size - 1 : size;
    return at < low ? low : at > high ? high : at;
  };
  int64_t from = place(bounds[0], step < 0 ? size - 1 : 0);
  int64_t to = place(bounds[1], step < 0 ? -1 : size);
  Value list = context.newList();
  for (int64_t at = from; !context.failed() && (step < 0 ? at > to : at < to);
       at += step)
    context.append(list, items.list->items[at]);
  if (!object.is(Kind::String))
    return list;
  Arguments nothing;
  return applyFilter(spanOf("join"), list, nothing, context);
}

Arguments Interpreter::evalArguments(const Node &node, const Scope &scope) {
  Arguments arguments;
  arguments.line = node.line;
  for (const Node *item = node.list; item && !context.failed();
       item = item->next) {
    if (arguments.count == Arguments::kMaximum) {
      context.failAt(node.line, "more than %u arguments", Arguments::kMaximum);
      break;
    }
    arguments.items[arguments.count++] = {item->text, eval(item->a, scope)};
  }
  return arguments;
}

Value Interpreter::evalCall(const Node &node, const Scope &scope) {
  const Node &callee = *node.a;
  if (callee.type == Node::Attribute) {
    Value object = eval(callee.a, scope);
    Arguments arguments = evalArguments(node, scope);
    if (context.failed())
      return {};
    const Value *member =
        object.is(Kind::Dict) ? lookUp(object, callee.text) : nullptr;
    if (member && member->is(Kind::Macro))
      return callMacro(*member->macro, arguments);
    return callMethod(callee.text, object, arguments, context);
  }
  Value function = eval(&callee, scope);
  Arguments arguments = evalArguments(node, scope);
  if (context.failed())
    return {};
  if (function.is(Kind::Macro))
    return callMacro(*function.macro, arguments);
  if (function.is(Kind::Function))
    return callFunction(function.string, arguments, context);
  context.failAt(node.line, "'%.*s' is %s, not a function that is known here",
                 int(callee.text.size < 40 ? callee.text.size : 40),
                 callee.text.data, nameOf(function.kind));
  return {};
}

Value Interpreter::eval(const Node *node, const Scope &scope) {
  if (!node)
    return Value::none();
  if (!context.step(node->line))
    return {};
  switch (node->type) {
  case Node::Literal:
    return node->value;
  case Node::Name: {
    for (const Scope *at = &scope; at; at = at->parent)
      if (at->variables.is(Kind::Dict))
        if (const Value *found = lookUp(at->variables, node->text))
          return *found;
    if (isFunction(node->text)) {
      Value function = Value::of(node->text);
      function.kind = Kind::Function;
      return function;
    }
    return {};
  }
  case Node::ListOf: {
    Value list = context.newList();
    for (const Node *item = node->list; item && !context.failed();
         item = item->next)
      context.append(list, eval(item, scope));
    return list;
  }
  case Node::DictOf: {
    Value dict = context.newDict();
    for (const Node *pair = node->list; pair && !context.failed();
         pair = pair->next) {
      Value key = eval(pair->a, scope);
      if (!key.is(Kind::String))
        context.failAt(pair->line, "a key is %s, want a string",
                       nameOf(key.kind));
      else
        context.set(dict, key.string, eval(pair->b, scope));
    }
    return dict;
  }
  case Node::Attribute:
  case Node::Item:
    return evalItem(*node, scope);
  case Node::Slice:
    return evalSlice(*node, scope);
  case Node::Call:
    return evalCall(*node, scope);
  case Node::Filter: {
    Value value = eval(node->a, scope);
    Arguments arguments = evalArguments(*node, scope);
    return context.failed()
               ? Value()
               : applyFilter(node->text, value, arguments, context);
  }
  case Node::Test: {
    Value value = eval(node->a, scope);
    Arguments arguments = evalArguments(*node, scope);
    return context.failed() ? Value()
                            : Value::of(applyTest(node->text, value, arguments,
                                                  context) != node->flag);
  }
  case Node::Unary: {
    Value value = eval(node->a, scope);
    if (same(node->text, "not"))
      return Value::of(isTrue(value) == node->flag);
    bool negates = same(node->text, "-");
    if (value.is(Kind::Float))
      return Value::of(negates ? -value.real : value.real);
    if (!value.isNumber() || value.toInteger() == INT64_MIN) {
      context.failAt(node->line, "a sign before %s", nameOf(value.kind));
      return {};
    }
    return Value::of(negates ? -value.toInteger() : value.toInteger());
  }
  case Node::Binary:
    return evalBinary(*node, scope);
  case Node::Compare:
    return evalCompare(*node, scope);
  case Node::Choice:
    if (isTrue(eval(node->a, scope)))
      return eval(node->b, scope);
    return node->c ? eval(node->c, scope) : Value();
  default:
    return {};
  }
}
