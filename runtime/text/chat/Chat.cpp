//===- Chat.cpp - A conversation as one text ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/text/Tokenizer.h"
#include "runtime/text/chat/Interpreter.h"
#include <initializer_list>

using namespace swage::text;
using namespace swage::text::chat;

static constexpr uint32_t kChatFlags = SWAGE_CHAT_ADD_GENERATION_PROMPT;

/// The variables that a template sees.
static Value makeGlobals(const swage::schema::text::Tokenizer &table,
                         const swage_chat_message_t *messages, size_t count,
                         uint32_t flags, Context &context) {
  Value globals = context.newDict();
  Value list = context.newList();
  for (size_t i = 0; i < count && !context.failed(); ++i) {
    Value message = context.newDict();
    context.set(message, spanOf("role"), Value::of(spanOf(messages[i].role)));
    context.set(message, spanOf("content"),
                Value::of(spanOf(messages[i].content)));
    context.append(list, message);
  }
  context.set(globals, spanOf("messages"), list);
  context.set(globals, spanOf("add_generation_prompt"),
              Value::of(bool(flags & SWAGE_CHAT_ADD_GENERATION_PROMPT)));
  context.set(globals, spanOf("tools"), Value::none());
  context.set(globals, spanOf("documents"), Value::none());
  if (auto *variables = table.chat_variables())
    for (const auto *variable : *variables)
      context.set(
          globals, {variable->name()->c_str(), variable->name()->size()},
          Value::of(Span{variable->text()->c_str(), variable->text()->size()}));
  return globals;
}

swage_status_code_t swage_chat_apply(const swage_tokenizer_t *tokenizer,
                                     const swage_chat_message_t *messages,
                                     size_t count, uint32_t flags,
                                     char *out_text, size_t capacity,
                                     size_t *out_length,
                                     swage_status_t *status) {
  if (!tokenizer || (!messages && count) || !out_length ||
      (!out_text && capacity))
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !tokenizer             ? "tokenizer"
                : !out_length          ? "out_length"
                : (!messages && count) ? "messages"
                                       : "out_text");
  if (flags & ~kChatFlags)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "chat flags are 0x%x, known are 0x%x", flags, kChatFlags);
  for (size_t i = 0; i < count; ++i)
    for (const char *text : {messages[i].role, messages[i].content})
      if (!text || !isWellFormed(spanOf(text)))
        return fail(status, SWAGE_INVALID_ARGUMENT,
                    "message %zu has a role or content that is %s", i,
                    text ? "not UTF-8" : "null");
  auto *source = tokenizer->table->chat_template();
  if (!source)
    return fail(status, SWAGE_NOT_FOUND, "the model has no chat template");
  Span text = {source->c_str(), source->size()};
  if (!isWellFormed(text))
    return fail(status, SWAGE_DATA_LOSS, "the chat template is not UTF-8");
  Context context(tokenizer->allocator, status);
  Array<char> out(tokenizer->allocator);
  if (const Node *body = parse(text, context)) {
    Value globals =
        makeGlobals(*tokenizer->table, messages, count, flags, context);
    if (!context.failed())
      render(body, globals, context, out);
  }
  if (context.failed())
    return context.result();
  size_t copied = out.size() < capacity ? out.size() : capacity;
  if (copied)
    std::memcpy(out_text, out.data(), copied);
  *out_length = out.size();
  return succeed(status);
}
