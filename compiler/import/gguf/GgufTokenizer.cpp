//===- GgufTokenizer.cpp - The tokenizer of a GGUF file as a table -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizer.h"
#include "compiler/import/gguf/GgufTokenizerReader.h"

using nlohmann::json;

namespace swage::import {

/// The function that reads tokenizers of that name; null if there is none.
static auto findReader(const json &name)
    -> TokenizerParts (GgufTokenizerReader::*)() {
  return name == "gpt2"    ? &GgufTokenizerReader::readBytes
         : name == "llama" ? &GgufTokenizerReader::readScoredPieces
         : name == "t5"    ? &GgufTokenizerReader::readUnigrams
         : name == "bert"  ? &GgufTokenizerReader::readWordPieces
                           : nullptr;
}

llvm::Expected<std::optional<std::vector<uint8_t>>>
importGgufTokenizer(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<GgufFile>> file = GgufFile::open(path);
  if (!file)
    return file.takeError();
  constexpr const char *kModel = "tokenizer.ggml.model";
  const json *model = (*file)->find(kModel);
  if (!model || *model == "none" || *model == "no_vocab")
    return std::nullopt;
  auto reader = findReader(*model);
  if (!reader)
    return llvm::createStringError(path + ": metadata key '" + kModel +
                                   "': found " + describeJson(*model) +
                                   ", supported are gpt2, llama, t5, bert and "
                                   "none; compile the model from "
                                   "its folder instead");
  Problems problems;
  TokenizerParts parts = (GgufTokenizerReader(**file, problems).*reader)();
  if (problems.hasErrors())
    return problems.takeErrors();
  llvm::Expected<std::vector<uint8_t>> table = writeTokenizer(parts);
  if (!table)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(table.takeError()));
  return std::move(*table);
}

} // namespace swage::import
