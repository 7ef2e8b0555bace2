//===- GgufTokenizer.h - The tokenizer of a GGUF file as a table ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZER_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace swage::import {

/// Reads the tokenizer in the metadata of the GGUF file at `path` into a table
/// of runtime/schema/tokenizer.fbs. None if the file has no tokenizer. A kind
/// or a pre-tokenizer that is not known is an error.
llvm::Expected<std::optional<std::vector<uint8_t>>>
importGgufTokenizer(llvm::StringRef path);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFTOKENIZER_H
