//===- Chat.h - A conversation with a model ---------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_CHAT_H
#define SWAGE_COMPILER_TOOLS_SWAGE_CHAT_H

#include "compiler/tools/swage/Generate.h"

namespace swage::cli {

/// Messages in order, and their tokens by the model's chat template.
class Conversation {
public:
  /// Fails if the model has no tokenizer or no chat template.
  explicit Conversation(const Model &model);

  void add(std::string role, std::string content) {
    messages.push_back({std::move(role), std::move(content)});
  }

  /// The whole conversation, up to where the model's next answer begins.
  std::vector<int32_t> tokens() const;

private:
  struct Message {
    std::string role, content;
  };

  const Model &model;
  const Tokenizer &tokenizer;
  std::vector<Message> messages;
};

/// Answers each line of stdin until its end. What was computed for one answer
/// is kept for the next.
void chat(const Model &model, const GenerateOptions &options,
          Conversation conversation);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_CHAT_H
