//===- Functions.cpp - Functions that chat templates call -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/chat/Interpreter.h"
#include <ctime>

using namespace swage::text;
using namespace swage::text::chat;

/// Ends the rendering with the template's own message.
static Value raiseException(const Arguments &arguments, Context &context) {
  const Value *first = arguments.get(0);
  Value text = toText(first ? *first : Value(), context);
  if (!context.failed())
    context.failAt(arguments.line, "%.*s",
                   int(text.string.size < 256 ? text.string.size : 256),
                   text.string.data);
  return {};
}

static Value makeRange(const Arguments &arguments, Context &context) {
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

/// The local time by a format of strftime.
static Value formatNow(const Arguments &arguments, Context &context) {
  const Value *format = arguments.get(0, "format");
  char pattern[128], text[256];
  if (!format || !format->is(Kind::String) ||
      format->string.size + 2 > sizeof(pattern)) {
    context.failAt(arguments.line,
                   "strftime_now wants a format of at most %zu bytes",
                   sizeof(pattern) - 2);
    return {};
  }
  // The character behind it tells an empty text from one that does not fit.
  size_t size = format->string.size;
  std::memcpy(pattern, format->string.data, size);
  std::memcpy(pattern + size, "|", 2);
  time_t now = time(nullptr);
  tm local = {};
  size_t written = localtime_r(&now, &local)
                       ? strftime(text, sizeof(text), pattern, &local)
                       : 0;
  if (written == 0) {
    context.failAt(arguments.line,
                   "strftime_now gives no text of at most %zu "
                   "bytes",
                   sizeof(text) - 2);
    return {};
  }
  return context.copy({text, written - 1});
}

static Value makeDict(bool isNamespace, const Arguments &arguments,
                      Context &context) {
  Value dict = context.newDict();
  for (unsigned i = 0; i < arguments.count && !context.failed(); ++i)
    if (arguments.items[i].keyword.size)
      context.set(dict, arguments.items[i].keyword, arguments.items[i].value);
    else
      context.failAt(arguments.line, "%s wants keywords",
                     isNamespace ? "namespace" : "dict");
  if (dict.is(Kind::Dict))
    dict.dict->isNamespace = isNamespace;
  return dict;
}

static constexpr const char *kFunctions[] = {
    "dict", "namespace", "raise_exception", "range", "strftime_now"};

bool chat::isFunction(Span name) {
  for (const char *known : kFunctions)
    if (same(name, known))
      return true;
  return false;
}

Value chat::callFunction(Span name, const Arguments &arguments,
                         Context &context) {
  if (same(name, "raise_exception"))
    return raiseException(arguments, context);
  if (same(name, "range"))
    return makeRange(arguments, context);
  if (same(name, "strftime_now"))
    return formatNow(arguments, context);
  return makeDict(same(name, "namespace"), arguments, context);
}
