//===- TextStream.h - Generated text as it comes ----------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TEXTSTREAM_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TEXTSTREAM_H

#include "compiler/tools/swage/Model.h"

namespace swage::cli {

/// Prints text on stdout as its characters become complete; without a
/// tokenizer, ids.
class TextStream {
public:
  /// A quiet one only collects.
  TextStream(const Model &model, bool quiet);

  void push(int32_t token);
  /// Ends the text and its line.
  void finish();

  /// All that came, or null without a tokenizer.
  const std::string *getText() const { return decoder ? &text : nullptr; }

private:
  void print(std::string_view piece);

  bool quiet, first = true;
  std::optional<Decoder> decoder;
  std::string text;
};

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TEXTSTREAM_H
