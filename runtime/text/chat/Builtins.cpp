//===- Builtins.cpp - Filters, tests and methods of chat templates --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/Unicode.h"
#include "runtime/text/chat/Interpreter.h"
#include <initializer_list>

using namespace swage::text;
using namespace swage::text::chat;

const Value *Arguments::get(unsigned place, const char *keyword) const {
  unsigned seen = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (items[i].keyword.size ? same(items[i].keyword, keyword)
                              : seen++ == place)
      return &items[i].value;
  }
  return nullptr;
}

/// Says that a filter or test cannot be used as it is.
static void refuse(Context &context, uint32_t line, const char *what,
                   Span name) {
  context.failAt(line, "%s '%.*s' is not supported with these values", what,
                 int(name.size < 40 ? name.size : 40), name.data);
}

Value chat::toText(const Value &value, Context &context) {
  if (value.is(Kind::String))
    return value;
  Array<char> text(context.memory());
  if (!appendText(value, false, text, context))
    return {};
  return context.copy({text.data(), text.size()});
}

Value chat::toList(const Value &value, uint32_t line, Context &context) {
  if (value.is(Kind::List))
    return value;
  Value list = context.newList();
  if (value.is(Kind::Dict)) {
    for (uint32_t i = 0; i < value.dict->size; ++i)
      context.append(list, Value::of(value.dict->entries[i].key));
  } else if (value.is(Kind::String)) {
    for (size_t at = 0; at < value.string.size && !context.failed();) {
      Span rest = {value.string.data + at, value.string.size - at};
      rest.size = nextUnit(rest).length;
      context.append(list, Value::of(rest));
      at += rest.size;
    }
  } else if (!value.is(Kind::Undefined)) {
    context.failAt(line, "%s cannot be iterated over", nameOf(value.kind));
  }
  return list;
}

bool chat::contains(const Value &whole, const Value &part, uint32_t line,
                    Context &context) {
  if (whole.is(Kind::String) && part.is(Kind::String))
    return chat::find(whole.string, part.string) != SIZE_MAX;
  if (whole.is(Kind::Dict))
    return part.is(Kind::String) && lookUp(whole, part.string);
  if (whole.is(Kind::List)) {
    for (uint32_t i = 0; i < whole.list->size; ++i)
      if (equal(whole.list->items[i], part))
        return true;
    return false;
  }
  if (!whole.is(Kind::Undefined))
    context.failAt(line, "'in' looks for %s in %s", nameOf(part.kind),
                   nameOf(whole.kind));
  return false;
}

/// `change` of (code point, whether it starts a word, out) for each character.
template <typename Change>
static Value mapText(Span text, Context &context, Change change) {
  Array<char> out(context.memory());
  for (size_t at = 0; at < text.size;) {
    Utf8Unit unit = nextUnit({text.data + at, text.size - at});
    if (!change(unit.codePoint, at == 0, out)) {
      context.exhausted();
      return {};
    }
    at += unit.length;
  }
  return context.copy({out.data(), out.size()});
}

static Value changeCase(Span name, Span text, Context &context) {
  bool isUpper = same(name, "upper"), isCapital = same(name, "capitalize");
  return mapText(text, context,
                 [&](uint32_t codePoint, bool first, Array<char> &out) {
                   return isUpper || (isCapital && first)
                              ? appendUppercase(codePoint, out)
                              : appendLowercase(codePoint, out);
                 });
}

/// Drops any of the characters of `set` from the ends; white space without one.
static Span stripSet(Span text, const Value *set, bool left, bool right) {
  if (!set || !set->is(Kind::String))
    return strip(text, left, right);
  auto drops = [&](Span character) {
    return chat::find(set->string, character) != SIZE_MAX;
  };
  while (left && text.size) {
    uint32_t length = nextUnit(text).length;
    if (!drops({text.data, length}))
      break;
    text = {text.data + length, text.size - length};
  }
  while (right && text.size) {
    size_t at = previousCharacter(text, text.size);
    if (!drops({text.data + at, text.size - at}))
      break;
    text.size = at;
  }
  return text;
}

static Value replace(Span text, const Arguments &arguments, Context &context) {
  const Value *from = arguments.get(0), *to = arguments.get(1);
  if (!from || !to || !from->is(Kind::String) || !to->is(Kind::String) ||
      !from->string.size || arguments.get(2, "count")) {
    context.failAt(arguments.line, "replace wants two strings, the first of "
                                   "them not empty");
    return {};
  }
  Array<char> out(context.memory());
  bool done = true;
  size_t at = 0;
  for (size_t found;
       done && (found = chat::find(text, from->string, at)) != SIZE_MAX;
       at = found + from->string.size)
    done = out.append(text.data + at, found - at) &&
           out.append(to->string.data, to->string.size);
  if (!done || !out.append(text.data + at, text.size - at)) {
    context.exhausted();
    return {};
  }
  return context.copy({out.data(), out.size()});
}

static Value split(Span text, const Arguments &arguments, Context &context) {
  const Value *by = arguments.get(0, "sep"),
              *most = arguments.get(1, "maxsplit");
  Value list = context.newList();
  int64_t left = most && most->is(Kind::Int) ? most->integer : -1;
  if (by && !by->is(Kind::None)) {
    if (!by->is(Kind::String) || !by->string.size) {
      context.failAt(arguments.line, "split wants a string that is not empty");
      return {};
    }
    size_t at = 0;
    for (size_t found; left != 0 && !context.failed() &&
                       (found = chat::find(text, by->string, at)) != SIZE_MAX;
         at = found + by->string.size, --left)
      context.append(list, Value::of(Span{text.data + at, found - at}));
    context.append(list, Value::of(Span{text.data + at, text.size - at}));
    return list;
  }
  for (text = strip(text, true, false); text.size && !context.failed();
       --left) {
    size_t end = 0;
    while (end < text.size) {
      Utf8Unit unit = nextUnit({text.data + end, text.size - end});
      if (isWhiteSpace(unit.codePoint))
        break;
      end += unit.length;
    }
    if (left == 0)
      end = strip(text, false, true).size;
    context.append(list, Value::of(Span{text.data, end}));
    text = strip({text.data + end, text.size - end}, true, false);
  }
  return list;
}

static Value pairsOf(const Value &dict, Context &context) {
  Value list = context.newList();
  for (uint32_t i = 0; i < dict.dict->size && !context.failed(); ++i) {
    Value pair = context.newList();
    context.append(pair, Value::of(dict.dict->entries[i].key));
    context.append(pair, dict.dict->entries[i].value);
    context.append(list, pair);
  }
  return list;
}

Value chat::callMethod(Span name, const Value &object,
                       const Arguments &arguments, Context &context) {
  const Value *first = arguments.get(0);
  if (object.is(Kind::String)) {
    Span text = object.string;
    bool left = same(name, "lstrip"), right = same(name, "rstrip");
    if (left || right || same(name, "strip"))
      return Value::of(stripSet(text, first, !right, !left));
    bool ends = same(name, "endswith");
    if ((ends || same(name, "startswith")) && first &&
        first->is(Kind::String)) {
      Span part = first->string;
      return Value::of(
          part.size <= text.size &&
          same({text.data + (ends ? text.size - part.size : 0), part.size},
               part));
    }
    if (same(name, "split"))
      return split(text, arguments, context);
    if (same(name, "replace"))
      return replace(text, arguments, context);
    if (same(name, "upper") || same(name, "lower") || same(name, "capitalize"))
      return changeCase(name, text, context);
  }
  if (object.is(Kind::Dict)) {
    if (same(name, "items"))
      return pairsOf(object, context);
    if (same(name, "keys"))
      return toList(object, arguments.line, context);
    if (same(name, "values")) {
      Value list = context.newList();
      for (uint32_t i = 0; i < object.dict->size; ++i)
        context.append(list, object.dict->entries[i].value);
      return list;
    }
    if (same(name, "get") && first && first->is(Kind::String)) {
      const Value *found = lookUp(object, first->string);
      const Value *otherwise = arguments.get(1, "default");
      return found ? *found : otherwise ? *otherwise : Value::none();
    }
  }
  context.failAt(arguments.line, "%s has no supported method '%.*s'",
                 nameOf(object.kind), int(name.size < 40 ? name.size : 40),
                 name.data);
  return {};
}

/// map, selectattr and rejectattr.
static Value filterItems(Span name, const Value &value,
                         const Arguments &arguments, Context &context) {
  // Nothing has no items here, although it cannot be iterated over.
  Value items = value.is(Kind::None) ? context.newList()
                                     : toList(value, arguments.line, context);
  Value list = context.newList();
  bool isMap = same(name, "map");
  const Value *attribute = arguments.get(isMap ? 9 : 0, "attribute");
  const Value *test = arguments.get(isMap ? 0 : 1);
  if ((!attribute && !test) || (attribute && !attribute->is(Kind::String)) ||
      (test && !test->is(Kind::String))) {
    refuse(context, arguments.line, "filter", name);
    return list;
  }
  Arguments rest;
  rest.line = arguments.line;
  if (const Value *operand = arguments.get(2))
    rest.items[rest.count++] = {{"", 0}, *operand};
  for (uint32_t i = 0; !context.failed() && i < items.list->size; ++i) {
    const Value &item = items.list->items[i];
    const Value *member = attribute && item.is(Kind::Dict)
                              ? lookUp(item, attribute->string)
                              : nullptr;
    Value part = attribute ? (member ? *member : Value()) : item;
    if (isMap) {
      context.append(list, test ? applyFilter(test->string, part, rest, context)
                                : part);
      continue;
    }
    bool keeps =
        test ? applyTest(test->string, part, rest, context) : isTrue(part);
    if (keeps == same(name, "selectattr"))
      context.append(list, item);
  }
  return list;
}

static Value joinItems(const Value &value, const Arguments &arguments,
                       Context &context) {
  Value items = toList(value, arguments.line, context);
  const Value *by = arguments.get(0, "d");
  Array<char> text(context.memory());
  bool done = true;
  for (uint32_t i = 0; !context.failed() && done && i < items.list->size; ++i) {
    if (i && by && by->is(Kind::String))
      done = text.append(by->string.data, by->string.size);
    done = done && appendText(items.list->items[i], false, text, context);
  }
  if (!done)
    context.exhausted();
  return context.copy({text.data(), text.size()});
}

Value chat::applyFilter(Span name, const Value &value,
                        const Arguments &arguments, Context &context) {
  const Value *first = arguments.get(0);
  if (same(name, "default") || same(name, "d")) {
    const Value *otherwise = arguments.get(0, "default_value");
    const Value *falsy = arguments.get(1, "boolean");
    bool uses = value.is(Kind::Undefined) ||
                (falsy && isTrue(*falsy) && !isTrue(value));
    return !uses ? value : otherwise ? *otherwise : Value::of(Span{"", 0});
  }
  if (same(name, "tojson")) {
    const Value *indent = arguments.get(1, "indent");
    for (unsigned i = 0; i < arguments.count; ++i)
      if (!same(arguments.items[i].keyword, "indent") &&
          !same(arguments.items[i].keyword, "ensure_ascii"))
        context.failAt(arguments.line, "tojson supports indent only");
    const Value *ascii = arguments.get(9, "ensure_ascii");
    if (ascii && isTrue(*ascii))
      context.failAt(arguments.line, "tojson supports no ensure_ascii");
    Array<char> text(context.memory());
    int64_t spaces = indent && indent->is(Kind::Int) ? indent->integer : -1;
    if (value.is(Kind::Undefined) || spaces > 16)
      context.failAt(arguments.line, "a value cannot be written as JSON");
    else
      appendJson(value, int(spaces < 0 ? -1 : spaces), text, context);
    return context.copy({text.data(), text.size()});
  }
  if (same(name, "string"))
    return toText(value, context);
  if (same(name, "safe"))
    return value;
  if (same(name, "list"))
    return toList(value, arguments.line, context);
  if (same(name, "join"))
    return joinItems(value, arguments, context);
  if (same(name, "map") || same(name, "selectattr") || same(name, "rejectattr"))
    return filterItems(name, value, arguments, context);
  if (same(name, "items") && value.is(Kind::Dict))
    return pairsOf(value, context);
  if (same(name, "length") || same(name, "count")) {
    if (value.is(Kind::Dict))
      return Value::of(int64_t(value.dict->size));
    Value items = toList(value, arguments.line, context);
    return context.failed() ? Value() : Value::of(int64_t(items.list->size));
  }
  bool isFirst = same(name, "first");
  if (isFirst || same(name, "last")) {
    Value items = toList(value, arguments.line, context);
    if (context.failed() || !items.list->size)
      return {};
    return items.list->items[isFirst ? 0 : items.list->size - 1];
  }
  if (same(name, "int") && value.isNumber())
    return Value::of(value.is(Kind::Float) ? int64_t(value.real)
                                           : value.toInteger());
  // The rest are filters of text, which other values become first.
  bool known = false;
  for (const char *filter : {"trim", "upper", "lower", "capitalize", "replace"})
    known |= same(name, filter);
  if (!known) {
    refuse(context, arguments.line, "filter", name);
    return {};
  }
  Value text = toText(value, context);
  if (context.failed())
    return {};
  if (same(name, "trim"))
    return Value::of(stripSet(text.string, first, true, true));
  if (same(name, "replace"))
    return replace(text.string, arguments, context);
  return changeCase(name, text.string, context);
}

bool chat::applyTest(Span name, const Value &value, const Arguments &arguments,
                     Context &context) {
  const Value *first = arguments.get(0);
  if (same(name, "defined"))
    return !value.is(Kind::Undefined);
  if (same(name, "undefined"))
    return value.is(Kind::Undefined);
  if (same(name, "none"))
    return value.is(Kind::None);
  if (same(name, "string"))
    return value.is(Kind::String);
  if (same(name, "mapping"))
    return value.is(Kind::Dict);
  if (same(name, "sequence") || same(name, "iterable"))
    return value.is(Kind::List) || value.is(Kind::Dict) ||
           value.is(Kind::String) || value.is(Kind::Undefined);
  if (same(name, "boolean"))
    return value.is(Kind::Bool);
  if (same(name, "number"))
    return value.isNumber();
  if (same(name, "integer"))
    return value.is(Kind::Int);
  if (same(name, "float"))
    return value.is(Kind::Float);
  if (same(name, "true") || same(name, "false"))
    return value.is(Kind::Bool) && value.boolean == same(name, "true");
  if (same(name, "callable"))
    return value.is(Kind::Macro) || value.is(Kind::Function);
  bool isInteger = value.is(Kind::Int) || value.is(Kind::Bool);
  if (isInteger && (same(name, "odd") || same(name, "even")))
    return (value.toInteger() % 2 != 0) == same(name, "odd");
  if (isInteger && same(name, "divisibleby") && first && first->is(Kind::Int) &&
      first->integer > 0)
    return value.toInteger() % first->integer == 0;
  if (first && (same(name, "eq") || same(name, "equalto")))
    return equal(value, *first);
  if (first && same(name, "ne"))
    return !equal(value, *first);
  if (first && same(name, "in"))
    return contains(*first, value, arguments.line, context);
  refuse(context, arguments.line, "test", name);
  return false;
}
