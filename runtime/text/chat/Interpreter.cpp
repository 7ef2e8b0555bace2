//===- Interpreter.cpp - Runs a chat template -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Interpreter.h"
#include <initializer_list>

using namespace swage::text;
using namespace swage::text::chat;

/// How deep macros may call each other, and how long a text may get.
static constexpr unsigned kMaximumCalls = 50;
static constexpr size_t kMaximumOutput = size_t(64) << 20;

namespace {

/// The variables of one block, and those around it.
struct Scope {
  Value variables;
  const Scope *parent;
};

enum class Flow { Normal, Break, Continue };

class Interpreter {
public:
  explicit Interpreter(Context &context) : context(context) {}
  Flow runAll(const Node *first, Scope &scope, Array<char> &out);

  const Scope *root = nullptr;

private:
  Flow runOne(const Node &node, Scope &scope, Array<char> &out);
  Flow runFor(const Node &node, Scope &scope, Array<char> &out);
  void assign(const Node &target, const Value &value, Scope &scope);
  void print(Span text, uint32_t line, Array<char> &out);
  Value eval(const Node *node, const Scope &scope);
  Value evalBinary(const Node &node, const Scope &scope);
  Value evalCompare(const Node &node, const Scope &scope);
  Value evalItem(const Node &node, const Scope &scope);
  Value evalSlice(const Node &node, const Scope &scope);
  Value evalCall(const Node &node, const Scope &scope);
  Value callMacro(const Node &macro, const Arguments &arguments);
  Value callFunction(Span name, const Arguments &arguments);
  Arguments evalArguments(const Node &node, const Scope &scope);
  Value loopOf(const Value &items, uint32_t index);

  Context &context;
  unsigned calls = 0;
};

} // namespace

void Interpreter::print(Span text, uint32_t line, Array<char> &out) {
  if (text.size > kMaximumOutput - out.size())
    context.failAt(line, "gives more than %zu bytes", kMaximumOutput);
  else if (!out.append(text.data, text.size))
    context.exhausted();
}

Flow Interpreter::runAll(const Node *first, Scope &scope, Array<char> &out) {
  for (const Node *node = first; node && !context.failed(); node = node->next) {
    Flow flow = runOne(*node, scope, out);
    if (flow != Flow::Normal)
      return flow;
  }
  return Flow::Normal;
}

void Interpreter::assign(const Node &target, const Value &value, Scope &scope) {
  if (target.type == Node::Name) {
    context.set(scope.variables, target.text, value);
    return;
  }
  Value object = eval(target.a, scope);
  if (!object.is(Kind::Dict) || !object.dict->isNamespace)
    context.failAt(target.line, "only a namespace has attributes to set");
  else
    context.set(object, target.text, value);
}

Flow Interpreter::runOne(const Node &node, Scope &scope, Array<char> &out) {
  if (!context.step(node.line))
    return Flow::Normal;
  switch (node.type) {
  case Node::Text:
    print(node.text, node.line, out);
    return Flow::Normal;
  case Node::Output: {
    Value text = toText(eval(node.a, scope), context);
    if (!context.failed())
      print(text.string, node.line, out);
    return Flow::Normal;
  }
  case Node::For:
    return runFor(node, scope, out);
  case Node::If:
    for (const Node *branch = &node; branch; branch = branch->list) {
      bool holds = isTrue(eval(branch->a, scope));
      if (context.failed())
        return Flow::Normal;
      if (holds)
        return runAll(branch->body, scope, out);
      if (!branch->list)
        return runAll(branch->other, scope, out);
    }
    return Flow::Normal;
  case Node::Set:
    assign(*node.a, eval(node.b, scope), scope);
    return Flow::Normal;
  case Node::SetBlock: {
    Array<char> text(context.memory());
    Flow flow = runAll(node.body, scope, text);
    assign(*node.a, context.copy({text.data(), text.size()}), scope);
    return flow;
  }
  case Node::Macro: {
    Value macro = Value::of(Kind::Macro);
    macro.macro = &node;
    context.set(scope.variables, node.text, macro);
    return Flow::Normal;
  }
  case Node::Block:
    return runAll(node.body, scope, out);
  case Node::Break:
    return Flow::Break;
  case Node::Continue:
    return Flow::Continue;
  default:
    return Flow::Normal;
  }
}

/// The variable `loop`.
Value Interpreter::loopOf(const Value &items, uint32_t index) {
  Value loop = context.newDict();
  int64_t size = items.list->size, at = index;
  auto set = [&](const char *name, const Value &value) {
    context.set(loop, spanOf(name), value);
  };
  set("index", Value::of(at + 1));
  set("index0", Value::of(at));
  set("revindex", Value::of(size - at));
  set("revindex0", Value::of(size - at - 1));
  set("first", Value::of(at == 0));
  set("last", Value::of(at + 1 == size));
  set("length", Value::of(size));
  if (at > 0)
    set("previtem", items.list->items[index - 1]);
  if (at + 1 < size)
    set("nextitem", items.list->items[index + 1]);
  return loop;
}

Flow Interpreter::runFor(const Node &node, Scope &scope, Array<char> &out) {
  Value all = toList(eval(node.a, scope), node.line, context);
  if (context.failed())
    return Flow::Normal;
  /// Gives the loop's variables the item.
  auto bind = [&](const Value &item, Scope &inner) {
    if (!node.list->next) {
      context.set(inner.variables, node.list->text, item);
      return;
    }
    uint32_t place = 0;
    for (const Node *name = node.list; name; name = name->next, ++place) {
      if (!item.is(Kind::List) || place >= item.list->size ||
          (!name->next && place + 1 != item.list->size)) {
        context.failAt(node.line, "an item of the loop does not have one value "
                                  "for each of its variables");
        return;
      }
      context.set(inner.variables, name->text, item.list->items[place]);
    }
  };
  Value items = all;
  if (node.b) {
    items = context.newList();
    for (uint32_t i = 0; !context.failed() && i < all.list->size; ++i) {
      Scope inner = {context.newDict(), &scope};
      bind(all.list->items[i], inner);
      if (isTrue(eval(node.b, inner)))
        context.append(items, all.list->items[i]);
    }
  }
  if (context.failed())
    return Flow::Normal;
  if (!items.list->size)
    return runAll(node.other, scope, out);
  for (uint32_t i = 0; i < items.list->size; ++i) {
    if (!context.step(node.line))
      break;
    Scope inner = {context.newDict(), &scope};
    bind(items.list->items[i], inner);
    context.set(inner.variables, spanOf("loop"), loopOf(items, i));
    if (context.failed() || runAll(node.body, inner, out) == Flow::Break)
      break;
  }
  return Flow::Normal;
}

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

Value Interpreter::callMacro(const Node &macro, const Arguments &arguments) {
  if (++calls > kMaximumCalls) {
    context.failAt(arguments.line, "macros call each other more than %u deep",
                   kMaximumCalls);
    --calls;
    return {};
  }
  Scope scope = {context.newDict(), root};
  unsigned place = 0;
  for (const Node *parameter = macro.list; parameter && !context.failed();
       parameter = parameter->next, ++place) {
    const Value *given = nullptr;
    unsigned unnamed = 0;
    for (unsigned i = 0; i < arguments.count; ++i)
      if (arguments.items[i].keyword.size
              ? same(arguments.items[i].keyword, parameter->text)
              : unnamed++ == place)
        given = &arguments.items[i].value;
    Value value = given          ? *given
                  : parameter->a ? eval(parameter->a, scope)
                                 : Value();
    context.set(scope.variables, parameter->text, value);
  }
  if (arguments.count > place)
    context.failAt(arguments.line, "the macro has %u parameters, found %u",
                   place, arguments.count);
  Array<char> text(context.memory());
  if (!context.failed())
    runAll(macro.body, scope, text);
  --calls;
  return context.copy({text.data(), text.size()});
}

Value Interpreter::callFunction(Span name, const Arguments &arguments) {
  const Value *first = arguments.get(0);
  if (same(name, "raise_exception")) {
    Value text = toText(first ? *first : Value(), context);
    if (!context.failed())
      context.failAt(arguments.line, "%.*s",
                     int(text.string.size < 256 ? text.string.size : 256),
                     text.string.data);
    return {};
  }
  if (same(name, "range")) {
    int64_t bounds[3] = {0, 0, 1};
    for (unsigned i = 0; i < arguments.count; ++i)
      if (arguments.count > 3 || !arguments.items[i].value.is(Kind::Int))
        context.failAt(arguments.line, "range wants one to three integers");
      else
        bounds[arguments.count == 1 ? 1 : i] = arguments.items[i].value.integer;
    Value list = context.newList();
    if (!arguments.count || !bounds[2])
      context.failAt(arguments.line, "range wants one to three integers, the "
                                     "last of them not 0");
    for (int64_t at = bounds[0];
         context.step(arguments.line) &&
         (bounds[2] < 0 ? at > bounds[1] : at < bounds[1]);) {
      context.append(list, Value::of(at));
      if (__builtin_add_overflow(at, bounds[2], &at))
        break;
    }
    return list;
  }
  // namespace and dict.
  Value dict = context.newDict();
  for (unsigned i = 0; i < arguments.count && !context.failed(); ++i)
    if (arguments.items[i].keyword.size)
      context.set(dict, arguments.items[i].keyword, arguments.items[i].value);
    else
      context.failAt(arguments.line, "%.*s wants keywords", int(name.size),
                     name.data);
  if (dict.is(Kind::Dict))
    dict.dict->isNamespace = same(name, "namespace");
  return dict;
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
    return callFunction(function.string, arguments);
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
    for (const char *name : {"raise_exception", "namespace", "range", "dict"})
      if (same(node->text, name)) {
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

void chat::render(const Node *body, const Value &globals, Context &context,
                  Array<char> &out) {
  Scope scope = {globals, nullptr};
  Interpreter interpreter(context);
  interpreter.root = &scope;
  interpreter.runAll(body->body, scope, out);
}
