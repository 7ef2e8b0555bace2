//===- SpecialTokens.cpp - The files beside the model's -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerParts.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace swage::import;

/// Roles that tokenizer_config.json and special_tokens_map.json give tokens.
static constexpr StringLiteral kRoles[] = {
    "bos_token", "eos_token", "unk_token", "sep_token",
    "pad_token", "cls_token", "mask_token"};

static Expected<JsonNode> readBeside(StringRef directory, StringRef name) {
  SmallString<256> path(directory);
  sys::path::append(path, name);
  return JsonNode::read(path);
}

/// A token as these files write it, as text or as an object with `content`.
/// Makes it a special added token, as loading it with Hugging Face does. None
/// if it is not there, or not a token that the model knows.
static Expected<std::optional<uint32_t>>
importRole(const JsonNode &node, bool mustExist, TokenizerParts &parts) {
  if (!node.exists())
    return std::nullopt;
  auto content = node.isObject() ? node["content"].string() : node.string();
  if (!content)
    return content.takeError();
  auto id = parts.find(*content);
  if (!id) {
    if (mustExist)
      return node.error("'" + *content + "' is not a token of " +
                        sys::path::filename(parts.file) + ", add it to " +
                        (sys::path::filename(parts.file) == "tokenizer.json"
                             ? "/added_tokens there"
                             : "added_tokens.json"));
    return std::nullopt;
  }
  if (!parts.added.count(*id)) {
    AddedTokenParts token;
    token.id = *id;
    token.content = *content;
    token.normalized = false;
    token.special = true;
    parts.added[*id] = token;
  }
  return id;
}

/// Ids of a configuration: a number, an array of numbers, or nothing.
static Expected<std::vector<uint32_t>> readIds(const JsonNode &node,
                                               const TokenizerParts &parts) {
  uint32_t vocabularySize = parts.vocabularySize();
  std::vector<uint32_t> ids;
  size_t count = node.isArray() ? node.size() : node.exists() ? 1 : 0;
  for (size_t i = 0; i < count; ++i) {
    JsonNode item = node.isArray() ? node[i] : node;
    auto id = item.id();
    if (!id)
      return id.takeError();
    if (*id >= vocabularySize)
      return item.error("id " + Twine(*id) + " is outside the vocabulary of " +
                        Twine(vocabularySize) + " in " +
                        sys::path::filename(parts.file));
    ids.push_back(*id);
  }
  return ids;
}

/// Flags in tokenizer_config.json override those in tokenizer.json.
static Error importOverrides(const JsonNode &decoder, TokenizerParts &parts) {
  if (!decoder.exists())
    return Error::success();
  if (Error error = decoder.wantObject())
    return error;
  for (const auto &member : decoder.raw().items()) {
    JsonNode node = decoder[member.key()];
    auto content = node["content"].string();
    if (!content)
      return content.takeError();
    auto id = parts.find(*content);
    if (!id || member.key() != std::to_string(*id))
      return node.error("'" + *content + "' does not have this id in " +
                        sys::path::filename(parts.file));
    AddedTokenParts &token = parts.added[*id];
    token.id = *id;
    token.content = *content;
    for (auto [key, flag] : {std::pair("single_word", &token.singleWord),
                             std::pair("lstrip", &token.lstrip),
                             std::pair("rstrip", &token.rstrip),
                             std::pair("normalized", &token.normalized),
                             std::pair("special", &token.special)}) {
      auto value = node[key].boolean(*flag);
      if (!value)
        return value.takeError();
      *flag = *value;
    }
  }
  return Error::success();
}

/// chat_template.jinja, else `chat_template` of tokenizer_config.json, else of
/// chat_template.json, where older versions put it: a text, or the one named
/// "default" of several.
static Error importChatTemplate(StringRef directory, const JsonNode &config,
                                TokenizerParts &parts) {
  SmallString<256> path(directory);
  sys::path::append(path, "chat_template.jinja");
  auto file = readOptionalFile(path);
  if (!file)
    return file.takeError();
  if (*file) {
    parts.chatTemplate = std::move(**file);
    return Error::success();
  }
  JsonNode node = config["chat_template"];
  if (!node.exists()) {
    auto older = readBeside(directory, "chat_template.json");
    if (!older)
      return older.takeError();
    node = (*older)["chat_template"];
  }
  for (size_t i = 0; i < node.size(); ++i) {
    JsonNode name = node[i]["name"];
    if (name.isString() && name.raw() == "default") {
      node = node[i]["template"];
      break;
    }
  }
  if (!node.exists() || node.isArray())
    return Error::success();
  auto text = node.string();
  if (!text)
    return text.takeError();
  parts.chatTemplate = *text;
  return Error::success();
}

Error swage::import::importSpecialTokens(StringRef directory,
                                         TokenizerParts &parts) {
  auto config = readBeside(directory, "tokenizer_config.json");
  if (!config)
    return config.takeError();
  auto map = readBeside(directory, "special_tokens_map.json");
  if (!map)
    return map.takeError();
  if (Error error = importOverrides((*config)["added_tokens_decoder"], parts))
    return error;
  std::optional<uint32_t> roleEos;
  for (StringRef role : kRoles) {
    bool mustExist = role == "bos_token" || role == "eos_token";
    const JsonNode &file = (*config)[role].exists() ? *config : *map;
    auto id = importRole(file[role], mustExist, parts);
    if (!id)
      return id.takeError();
    if (*id)
      parts.chatVariables[role.str()] = parts.added[**id].content;
    if (role == "bos_token" && *id)
      parts.bos = *id;
    if (role == "eos_token")
      roleEos = *id;
  }

  // What ends generation is the generation's configuration first.
  for (StringRef name : {"generation_config.json", "config.json"}) {
    auto file = readBeside(directory, name);
    if (!file)
      return file.takeError();
    auto eos = readIds((*file)["eos_token_id"], parts);
    if (!eos)
      return eos.takeError();
    if (parts.eos.empty())
      parts.eos = *eos;
    auto bos = readIds((*file)["bos_token_id"], parts);
    if (!bos)
      return bos.takeError();
    if (!parts.bos && !bos->empty())
      parts.bos = bos->front();
  }
  if (parts.eos.empty() && roleEos)
    parts.eos.push_back(*roleEos);
  return importChatTemplate(directory, *config, parts);
}
