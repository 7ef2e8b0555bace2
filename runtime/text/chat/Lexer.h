//===- Lexer.h - A chat template as tokens --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHAT_LEXER_H
#define SWAGE_TEXT_CHAT_LEXER_H

#include "runtime/text/chat/Value.h"

namespace swage::text::chat {

struct Token {
  enum Type : uint8_t {
    /// Text outside of tags, white space controlled.
    Text,
    OpenVariable,
    CloseVariable,
    OpenBlock,
    CloseBlock,
    Name,
    String,
    Int,
    Float,
    Operator,
    End
  };
  Type type;
  uint32_t line;
  Span text;
};

/// Cuts `source` with the settings of Hugging Face: a block's line break goes
/// (trim_blocks), and so does white space in front of a block (lstrip_blocks).
/// False, with a failure in `context`, if that cannot be done.
[[nodiscard]] bool lex(Span source, Context &context, Array<Token> &out);

} // namespace swage::text::chat

#endif // SWAGE_TEXT_CHAT_LEXER_H
