//===- TokenizerImport.h - A Hugging Face tokenizer as a table ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/tokenizer.md lists what is read from which file, and what is supported.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERIMPORT_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERIMPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace swage::import {

/// Reads the tokenizer of a model's folder into a table of
/// runtime/schema/tokenizer.fbs, the same bytes for the same files. None if the
/// folder has neither a tokenizer.json nor a tokenizer.model. What the runtime
/// could not do exactly as Hugging Face does is an error that names file and
/// JSON path.
llvm::Expected<std::optional<std::vector<uint8_t>>>
importTokenizer(llvm::StringRef modelDirectory);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_TOKENIZERIMPORT_H
