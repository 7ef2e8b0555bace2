//===- GgufTokenizerReader.cpp - What all kinds of tokenizers have -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizerReader.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using nlohmann::json;

namespace swage::import {

const json::array_t *GgufTokenizerReader::array(llvm::StringRef key,
                                                bool isNeeded) {
  const json *value = keys.find(key);
  if (!value && isNeeded)
    keys.fail(key, "found nothing, expected an array");
  else if (value && !value->is_array())
    keys.unexpected(key, *value, "an array");
  return value ? value->get_ptr<const json::array_t *>() : nullptr;
}

void GgufTokenizerReader::readTokens() {
  const json::array_t *tokens = array("tokens", true);
  const json::array_t *kinds = array("token_type", false);
  if (!tokens)
    return;
  if (tokens->empty() || tokens->size() > kMaximumId)
    return keys.fail("tokens", "found " + llvm::Twine(tokens->size()) +
                                   " tokens, expected 1 to " +
                                   llvm::Twine(kMaximumId));
  if (kinds && kinds->size() != tokens->size())
    return keys.fail("token_type", "found " + llvm::Twine(kinds->size()) +
                                       " types, expected one for each of the " +
                                       llvm::Twine(tokens->size()) + " tokens");
  for (size_t id = 0; id < tokens->size(); ++id) {
    const json &token = (*tokens)[id];
    if (!token.is_string())
      return keys.unexpected("tokens", token, "strings");
    json type = kinds ? (*kinds)[id] : json(int64_t(TokenType::Normal));
    if (!type.is_number_integer() || type < 1 || type > 6)
      return keys.unexpected("token_type", type, "integers from 1 to 6");
    types.push_back(TokenType(type.get<int64_t>()));
    const auto &content = token.get_ref<const std::string &>();
    addToken(uint32_t(id),
             content.empty() ? "[EMPTY_" + std::to_string(id) + "]" : content,
             types.back());
  }
}

void GgufTokenizerReader::addToken(uint32_t id, const std::string &content,
                                   TokenType type) {
  if (!parts.model.ids.try_emplace(content, id).second)
    return keys.fail("tokens", describeJson(content) + " occurs twice");
  if (type == TokenType::Control || type == TokenType::UserDefined ||
      type == TokenType::Unknown)
    makeAdded(id, content, /*isSpecial=*/type != TokenType::UserDefined);
}

void GgufTokenizerReader::readScores() {
  parts.model.scores.assign(types.size(), 0);
  const json::array_t *scores = array("scores", false);
  if (!scores)
    return;
  if (scores->size() != types.size())
    return keys.fail("scores", "found " + llvm::Twine(scores->size()) +
                                   " scores, expected one for each of the " +
                                   llvm::Twine(types.size()) + " tokens");
  for (auto [value, score] : llvm::zip(*scores, parts.model.scores)) {
    // The float that the file has, which the shortest decimal stands for.
    float number = value.is_number() ? value.get<float>() : NAN;
    if (!std::isfinite(number))
      return keys.unexpected("scores", value, "finite numbers");
    score = number;
  }
}

std::optional<uint32_t>
GgufTokenizerReader::readId(llvm::StringRef key,
                            std::optional<uint32_t> otherwise) {
  std::optional<int64_t> id = keys.size(key);
  if (!id)
    return otherwise && *otherwise < types.size() ? otherwise : std::nullopt;
  if (*id < int64_t(types.size()))
    return uint32_t(*id);
  keys.fail(key, "found " + llvm::Twine(*id) + ", expected a token below " +
                     llvm::Twine(types.size()));
  return std::nullopt;
}

void GgufTokenizerReader::readUnknown(uint32_t otherwise) {
  if (std::optional<uint32_t> id = readId("unknown_token_id", otherwise))
    parts.model.unknownToken = int32_t(*id);
}

void GgufTokenizerReader::readSpecialTokens(const Defaults &defaults) {
  parts.bos = readId("bos_token_id", defaults.bos);
  std::optional<uint32_t> eos = readId("eos_token_id", defaults.eos);
  for (std::optional<uint32_t> id : {eos, readId("eot_token_id", std::nullopt),
                                     readId("eom_token_id", std::nullopt)})
    if (id && !llvm::is_contained(parts.eos, *id))
      parts.eos.push_back(*id);
  for (uint32_t id : markControls())
    if (!llvm::is_contained(parts.eos, id))
      parts.eos.push_back(id);
  if (keys.flag("add_bos_token").value_or(defaults.addBos) && parts.bos)
    parts.prefix.push_back(*parts.bos);
  if (keys.flag("add_eos_token").value_or(defaults.addEos) && eos)
    parts.suffix.push_back(*eos);
  readChat();
}

void GgufTokenizerReader::readChat() {
  parts.chatTemplate = chat.string("chat_template").value_or("");
  const json::array_t *tokens = array("tokens", false);
  auto name = [&](const char *role, std::optional<uint32_t> id) {
    if (id && tokens && *id < types.size())
      parts.chatVariables[role] = (*tokens)[*id].get<std::string>();
  };
  name("bos_token", parts.bos);
  if (!parts.eos.empty())
    name("eos_token", parts.eos.front());
  for (auto [role, key] : {std::pair("unk_token", "unknown_token_id"),
                           std::pair("sep_token", "seperator_token_id"),
                           std::pair("pad_token", "padding_token_id"),
                           std::pair("cls_token", "cls_token_id"),
                           std::pair("mask_token", "mask_token_id")})
    name(role, readId(key, std::nullopt));
}

} // namespace swage::import
