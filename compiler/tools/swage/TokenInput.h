//===- TokenInput.h - Tokens from options and files -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_TOKENINPUT_H
#define SWAGE_COMPILER_TOOLS_SWAGE_TOKENINPUT_H

#include "compiler/tools/swage/Model.h"

namespace swage::cli {

/// The ids of --tokens.
std::vector<int32_t> parseTokens(llvm::StringRef text);

/// The ids of the file that --text names, without special tokens.
std::vector<int32_t> readTokens(const Model &model, const std::string &path);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_TOKENINPUT_H
