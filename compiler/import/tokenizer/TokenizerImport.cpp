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
  // All parts that are not supported are found at once, but a part is read only
  // after those that it builds on: only the pre-tokenizer says whether BPE
  // works on bytes or on characters, and ids are those of the model.
  Error errors = importNormalizer(json["normalizer"], parts);
  auto read = [&](Error error) {
    bool good = !error;
    errors = joinErrors(std::move(errors), std::move(error));
    return good;
  };
  if (read(importPreTokenizer(json["pre_tokenizer"], parts)) &&
      read(importModel(json["model"], parts)) &&
      read(importAddedTokens(json["added_tokens"], parts))) {
    read(importPostProcessor(json["post_processor"], parts));
    read(importDecoder(json["decoder"], parts));
  }
  return errors;
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
