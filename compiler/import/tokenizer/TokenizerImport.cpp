//===- TokenizerImport.cpp - A Hugging Face tokenizer as a table ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerImport.h"
#include "TokenizerParts.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace swage::import;

static Error importTokenizerJson(const JsonNode &json, TokenizerParts &parts) {
  // Truncation and padding are a caller's matter.
  if (Error error = json.onlyKeys(
          {"version", "truncation", "padding", "added_tokens", "normalizer",
           "pre_tokenizer", "post_processor", "decoder", "model"}))
    return error;
  JsonNode version = json["version"];
  if (version.exists() && version.raw() != "1.0")
    return version.unexpected("\"1.0\"");
  // Only the pre-tokenizer says whether BPE works on bytes or on characters.
  if (Error error = importPreTokenizer(json["pre_tokenizer"], parts))
    return error;
  if (Error error = importModel(json["model"], parts))
    return error;
  if (Error error = importAddedTokens(json["added_tokens"], parts))
    return error;
  if (Error error = importNormalizer(json["normalizer"], parts))
    return error;
  if (Error error = importPostProcessor(json["post_processor"], parts))
    return error;
  return importDecoder(json["decoder"], parts);
}

Expected<std::optional<std::vector<uint8_t>>>
swage::import::importTokenizer(StringRef modelDirectory) {
  auto pathOf = [&](StringRef name) {
    SmallString<256> path(modelDirectory);
    sys::path::append(path, name);
    return path.str().str();
  };
  TokenizerParts parts;
  parts.file = pathOf("tokenizer.json");
  auto json = JsonNode::read(parts.file);
  if (!json)
    return json.takeError();
  if (json->exists()) {
    if (Error error = importTokenizerJson(*json, parts))
      return std::move(error);
    if (Error error = importSpecialTokens(modelDirectory, parts))
      return std::move(error);
  } else {
    parts.file = pathOf("tokenizer.model");
    auto model = readOptionalFile(parts.file);
    if (!model)
      return model.takeError();
    if (!*model)
      return std::nullopt;
    if (Error error = importSentencePiece(modelDirectory, **model, parts))
      return std::move(error);
  }
  auto table = writeTokenizer(parts);
  if (!table)
    return createStringError(parts.file + ": " + toString(table.takeError()));
  return std::move(*table);
}
