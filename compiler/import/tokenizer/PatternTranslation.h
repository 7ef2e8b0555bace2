//===- PatternTranslation.h - Hugging Face patterns for PCRE2 -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// tokenizer.json is written for Oniguruma, the runtime matches with PCRE2.
// Most of what tokenizers use means the same in both. What does not is
// rewritten (`\s`, script names), or refused: each construct below is known,
// all others are errors.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_PATTERNTRANSLATION_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_PATTERNTRANSLATION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace swage::import {

/// The PCRE2 pattern (UTF, UCP) that matches what `pattern` matches in
/// Oniguruma; the error has no file or path yet.
llvm::Expected<std::string> translatePattern(llvm::StringRef pattern);

/// The pattern that matches `literal` alone.
std::string quotePattern(llvm::StringRef literal);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_PATTERNTRANSLATION_H
