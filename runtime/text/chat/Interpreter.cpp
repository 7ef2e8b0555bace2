//===- Interpreter.cpp - Runs a chat template -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Execution.h"

using namespace swage::text;
using namespace swage::text::chat;

/// How deep macros may call each other, and how long a text may get.
static constexpr unsigned kMaximumCalls = 50;
static constexpr size_t kMaximumOutput = size_t(64) << 20;

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

void chat::render(const Node *body, const Value &globals, Context &context,
                  Array<char> &out) {
  Scope scope = {globals, nullptr};
  Interpreter interpreter(context);
  interpreter.root = &scope;
  interpreter.runAll(body->body, scope, out);
}
