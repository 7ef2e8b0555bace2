//===- Chat.cpp - A conversation with a model -----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Chat.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/TextStream.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <iostream>
#include <unistd.h>

using namespace swage;
using namespace swage::cli;

Conversation::Conversation(const Model &model)
    : model(model), tokenizer(model.needTokenizer("--chat")) {
  if (!tokenizer.chatTemplate())
    failWork(model.path +
             ": --chat needs a chat template, and the model came without one; "
             "compile it with a chat_template.jinja in its folder, or leave "
             "--chat away and write the prompt as the model wants it");
}

std::vector<int32_t> Conversation::tokens() const {
  std::vector<swage_chat_message_t> list;
  for (const Message &message : messages)
    list.push_back({message.role.c_str(), message.content.c_str()});
  Status status;
  std::optional<std::string> text =
      tokenizer.applyChat(list, SWAGE_CHAT_ADD_GENERATION_PROMPT, status.get());
  check(status, model.path);
  // The template has written the special tokens, that which begins a text
  // included.
  std::optional<std::vector<int32_t>> ids =
      tokenizer.encode(*text, SWAGE_ENCODE_PARSE_SPECIAL, status.get());
  check(status, model.path);
  if (ids->empty())
    failWork(model.path + ": the chat template gives an empty text");
  return std::move(*ids);
}

/// The next line of stdin; on a terminal, asked for.
static bool readLine(bool terminal, std::string &line) {
  if (terminal)
    llvm::errs() << "> ";
  return bool(std::getline(std::cin, line));
}

void cli::chat(const Model &model, const GenerateOptions &options,
               Conversation conversation) {
  uint32_t context = options.context;
  if (!context)
    context = std::min<uint32_t>(model.module.info().max_positions, 4096);
  Generator generator(model, options, context);
  bool terminal = isatty(STDIN_FILENO);
  if (terminal)
    note("A line is a message; end with Ctrl-D.");
  std::string line;
  while (readLine(terminal, line)) {
    if (llvm::StringRef(line).trim().empty())
      continue;
    conversation.add("user", line);
    std::vector<int32_t> tokens = conversation.tokens();
    if (tokens.size() > context)
      failWork("the conversation has " + llvm::Twine(tokens.size()) +
               " tokens, and the context " + llvm::Twine(context) +
               " positions; pass a larger --context, or begin a new one");
    // The last token is never fed back.
    size_t room = context - tokens.size() + 1;
    size_t count = std::min(options.count, room);
    TextStream stream(model, /*quiet=*/false);
    GenerateResult result = generator.extend(
        tokens, count, [&](int32_t token) { stream.push(token); });
    stream.finish();
    noteSpeed(result);
    if (!result.ended && !options.ignoreEos)
      warn(count == room ? "the answer was cut: the context is full"
                         : "the answer was cut after " + llvm::Twine(count) +
                               " tokens; -n allows more");
    conversation.add("assistant", *stream.getText());
  }
}
