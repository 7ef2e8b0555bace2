//===- TokenInput.cpp - Tokens from options and files ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/TokenInput.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace swage;
using namespace swage::cli;

std::vector<int32_t> cli::parseTokens(llvm::StringRef text) {
  std::vector<int32_t> tokens;
  llvm::SmallVector<llvm::StringRef> items;
  text.split(items, ',');
  for (auto [index, item] : llvm::enumerate(items)) {
    int32_t &token = tokens.emplace_back();
    if (item.trim().getAsInteger(10, token))
      failCall("--tokens: item " + llvm::Twine(index) + " is '" + item +
               "', want an id; write --tokens 1,2,3");
  }
  return tokens;
}

std::vector<int32_t> cli::readTokens(const Model &model,
                                     const std::string &path) {
  const Tokenizer &tokenizer = model.needTokenizer("--text");
  auto text = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!text)
    failWork(path + ": " + text.getError().message());
  Status status;
  std::optional<std::vector<int32_t>> ids =
      tokenizer.encode((*text)->getBuffer(), /*flags=*/0, status.get());
  check(status, path);
  return std::move(*ids);
}
