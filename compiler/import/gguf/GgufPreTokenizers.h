//===- GgufPreTokenizers.h - How named pre-tokenizers split --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFPRETOKENIZERS_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFPRETOKENIZERS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace swage::import {

/// A value of `tokenizer.ggml.pre`. GGUF files only name the patterns of their
/// tokenizer, so each name that is supported is written down here.
struct GgufPreTokenizer {
  llvm::ArrayRef<llvm::StringLiteral> names;
  /// Text is split by each in turn, matches isolated.
  llvm::ArrayRef<llvm::StringLiteral> patterns;
  /// A piece that is a token as a whole is not merged together.
  bool ignoreMerges = false;
  /// The beginning of text is put first if the file does not say so.
  bool addBos = false;
};

/// Null if there is none of that name.
const GgufPreTokenizer *findGgufPreTokenizer(llvm::StringRef name);

/// All names, for messages.
std::string listGgufPreTokenizers();

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFPRETOKENIZERS_H
