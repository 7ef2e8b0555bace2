//===- ModelImport.cpp - Vocabulary, merges and added tokens --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerParts.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include <algorithm>
#include <array>

using namespace llvm;
using namespace swage::import;
using swage::schema::text::ModelKind;

/// GPT-2's alphabet: the byte that each character stands for. Printable
/// characters of Latin-1 stand for themselves, U+0100 and on for the rest.
static std::array<int, 0x144> makeAlphabet() {
  std::array<int, 0x144> byteOf;
  byteOf.fill(-1);
  unsigned next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    bool printable = (byte >= '!' && byte <= '~') ||
                     (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    byteOf[printable ? unsigned(byte) : next++] = byte;
  }
  return byteOf;
}

std::optional<std::string> swage::import::bytesOfToken(StringRef token) {
  static const std::array<int, 0x144> byteOf = makeAlphabet();
  std::string bytes;
  auto *at = reinterpret_cast<const UTF8 *>(token.begin());
  auto *end = reinterpret_cast<const UTF8 *>(token.end());
  while (at != end) {
    UTF32 character = 0;
    if (convertUTF8Sequence(&at, end, &character, strictConversion) !=
            conversionOK ||
        character >= byteOf.size() || byteOf[character] < 0)
      return std::nullopt;
    bytes += char(byteOf[character]);
  }
  return bytes;
}

Error swage::import::unsupportedType(const JsonNode &component,
                                     StringRef supported) {
  JsonNode type = component["type"];
  std::string found = type.exists() ? type.raw().dump() : "nothing";
  return type.error("found " + found + ", supported: " + supported);
}

std::optional<uint32_t> TokenizerParts::find(StringRef content) const {
  for (const auto &[id, token] : added)
    if (token.content == content)
      return id;
  auto known = model.ids.find(content);
  if (known != model.ids.end())
    return known->second;
  return std::nullopt;
}

uint32_t TokenizerParts::vocabularySize() const {
  uint32_t size = added.empty() ? 0 : added.rbegin()->first + 1;
  for (const auto &entry : model.ids)
    size = std::max(size, entry.second + 1);
  return size;
}

static Error importVocabulary(const JsonNode &vocabulary, ModelParts &parts) {
  if (Error error = vocabulary.wantObject())
    return error;
  DenseMap<uint32_t, StringRef> owners;
  for (const auto &member : vocabulary.raw().items()) {
    JsonNode node = vocabulary[member.key()];
    auto id = node.id();
    if (!id)
      return id.takeError();
    auto [entry, inserted] = parts.ids.try_emplace(member.key(), *id);
    auto [owner, isNew] = owners.try_emplace(*id, entry->getKey());
    if (!isNew)
      return node.error("id " + Twine(*id) + " is taken by '" + owner->second +
                        "'");
  }
  if (parts.ids.empty())
    return vocabulary.error("has no tokens");
  return Error::success();
}

/// The two halves of a merge, in either of the forms that files have.
static Expected<std::pair<std::string, std::string>>
readMerge(const JsonNode &node) {
  if (node.isArray() && node.size() == 2) {
    auto left = node[size_t(0)].string(), right = node[size_t(1)].string();
    if (!left || !right)
      return joinErrors(left ? Error::success() : left.takeError(),
                        right ? Error::success() : right.takeError());
    return std::pair(*left, *right);
  }
  if (node.isString()) {
    auto [left, right] =
        StringRef(node.raw().get_ref<const std::string &>()).split(' ');
    if (!left.empty() && !right.empty() && !right.contains(' '))
      return std::pair(left.str(), right.str());
  }
  return node.unexpected("two tokens, as an array or with a space between");
}

static Error importMerges(const JsonNode &merges, ModelParts &parts) {
  if (Error error = merges.wantArray())
    return error;
  // Where a pair repeats, its last place counts.
  DenseMap<uint64_t, size_t> ranks;
  std::vector<std::optional<swage::schema::text::Merge>> found;
  for (size_t i = 0; i < merges.size(); ++i) {
    JsonNode node = merges[i];
    if (node.isString() && StringRef(node.raw().get_ref<const std::string &>())
                               .starts_with("#version"))
      continue;
    auto halves = readMerge(node);
    if (!halves)
      return halves.takeError();
    auto idOf = [&](const std::string &token) -> Expected<uint32_t> {
      auto known = parts.ids.find(token);
      if (known == parts.ids.end())
        return node.error("'" + token + "' is not in the vocabulary");
      return known->second;
    };
    auto left = idOf(halves->first);
    if (!left)
      return left.takeError();
    auto right = idOf(halves->second);
    if (!right)
      return right.takeError();
    std::string whole = halves->first + halves->second;
    auto result = idOf(whole);
    if (!result)
      return result.takeError();
    // Characters outside the alphabet never come up in pieces of bytes.
    if (parts.kind == ModelKind::ByteLevelBpe && !bytesOfToken(whole))
      continue;
    auto [rank, isNew] =
        ranks.try_emplace(uint64_t(*left) << 32 | *right, found.size());
    if (!isNew) {
      found[rank->second].reset();
      rank->second = found.size();
    }
    found.emplace_back(swage::schema::text::Merge(*left, *right, *result));
  }
  for (const auto &merge : found)
    if (merge)
      parts.merges.push_back(*merge);
  return Error::success();
}

/// An option that only works when it is off.
static Error wantOff(const JsonNode &option, bool isOff) {
  return isOff ? Error::success()
               : option.unexpected("null: this option is not supported");
}

/// The model's token for what is unknown, which `node` spells.
static Error importUnknown(const JsonNode &node, ModelParts &parts) {
  auto token = node.string();
  if (!token)
    return token.takeError();
  auto known = parts.ids.find(*token);
  if (known == parts.ids.end())
    return node.error("'" + *token + "' is not in the vocabulary");
  parts.unknownToken = int32_t(known->second);
  return Error::success();
}

/// With byte fallback, no byte may be left without a token.
static Error checkByteTokens(const JsonNode &option, const ModelParts &parts) {
  for (unsigned byte = 0; parts.byteFallback && byte < 256; ++byte) {
    std::string token = "<0x" + utohexstr(byte, false, 2) + ">";
    if (!parts.ids.count(token))
      return option.error("'" + token + "' is not in the vocabulary");
  }
  return Error::success();
}

static Error importBpe(const JsonNode &model, ModelParts &parts) {
  if (Error error = model.onlyKeys(
          {"type", "dropout", "unk_token", "continuing_subword_prefix",
           "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges",
           "vocab", "merges"}))
    return error;
  for (auto [key, flag] : {std::pair("fuse_unk", &parts.fuseUnknown),
                           std::pair("byte_fallback", &parts.byteFallback),
                           std::pair("ignore_merges", &parts.ignoreMerges)}) {
    auto value = model[key].boolean(false);
    if (!value)
      return value.takeError();
    *flag = *value;
  }
  JsonNode dropout = model["dropout"];
  if (Error error = wantOff(dropout, !dropout.exists() || dropout.raw() == 0))
    return error;
  if (parts.kind == ModelKind::ByteLevelBpe)
    if (Error error = wantOff(model["byte_fallback"], !parts.byteFallback))
      return error;
  for (StringRef key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    JsonNode affix = model[key];
    if (Error error = wantOff(affix, !affix.exists() || affix.raw() == ""))
      return error;
  }
  if (Error error = importVocabulary(model["vocab"], parts))
    return error;
  if (Error error = checkByteTokens(model["byte_fallback"], parts))
    return error;
  if (JsonNode unknown = model["unk_token"]; unknown.exists())
    if (Error error = importUnknown(unknown, parts))
      return error;
  return importMerges(model["merges"], parts);
}

static Error importUnigram(const JsonNode &model, ModelParts &parts) {
  if (Error error =
          model.onlyKeys({"type", "unk_id", "vocab", "byte_fallback"}))
    return error;
  parts.kind = ModelKind::Unigram;
  // Hugging Face always joins unknown characters here.
  parts.fuseUnknown = true;
  JsonNode vocabulary = model["vocab"];
  if (Error error = vocabulary.wantArray())
    return error;
  if (vocabulary.size() == 0)
    return vocabulary.error("has no tokens");
  for (size_t id = 0; id < vocabulary.size(); ++id) {
    JsonNode entry = vocabulary[id];
    if (id > kMaximumId)
      return entry.error("has an id above " + Twine(kMaximumId));
    auto token = entry[size_t(0)].string();
    if (!token)
      return token.takeError();
    JsonNode score = entry[size_t(1)];
    if (!score.exists() || !score.raw().is_number())
      return score.unexpected("a number");
    if (!parts.ids.try_emplace(*token, uint32_t(id)).second)
      return entry.error("'" + *token + "' occurs twice");
    parts.scores.push_back(score.raw().get<double>());
  }
  // So much worse than the worst token is one that is unknown.
  constexpr double kUnknownPenalty = 10;
  parts.unknownScore =
      *std::min_element(parts.scores.begin(), parts.scores.end()) -
      kUnknownPenalty;
  auto unknown = model["unk_id"].id();
  if (!unknown)
    return unknown.takeError();
  if (*unknown >= parts.scores.size())
    return model["unk_id"].error("id " + Twine(*unknown) +
                                 " is outside the vocabulary of " +
                                 Twine(parts.scores.size()));
  parts.unknownToken = int32_t(*unknown);
  auto fallback = model["byte_fallback"].boolean(false);
  if (!fallback)
    return fallback.takeError();
  parts.byteFallback = *fallback;
  return checkByteTokens(model["byte_fallback"], parts);
}

static Error importWordPiece(const JsonNode &model, ModelParts &parts) {
  if (Error error = model.onlyKeys({"type", "unk_token", "vocab",
                                    "continuing_subword_prefix",
                                    "max_input_chars_per_word"}))
    return error;
  parts.kind = ModelKind::WordPiece;
  if (Error error = importVocabulary(model["vocab"], parts))
    return error;
  auto prefix = model["continuing_subword_prefix"].string();
  if (!prefix)
    return prefix.takeError();
  parts.continuingPrefix = *prefix;
  if (JsonNode longest = model["max_input_chars_per_word"]; longest.exists()) {
    auto count = longest.id();
    if (!count)
      return count.takeError();
    parts.maxWordCharacters = *count;
  }
  return importUnknown(model["unk_token"], parts);
}

Error swage::import::importModel(const JsonNode &model, TokenizerParts &parts) {
  if (Error error = model.wantObject())
    return error;
  std::string type = typeOf(model);
  bool isByteLevel = parts.model.kind == ModelKind::ByteLevelBpe;
  if (type == "Unigram" && !isByteLevel)
    return importUnigram(model, parts.model);
  if (type == "WordPiece" && !isByteLevel)
    return importWordPiece(model, parts.model);
  // Files from before types were written say nothing; merges mean BPE.
  bool isBpe =
      model["type"].exists() ? type == "BPE" : model["merges"].exists();
  if (!isBpe)
    return unsupportedType(model, isByteLevel ? "BPE, as the pre-tokenizer is "
                                                "ByteLevel"
                                              : "BPE, Unigram, WordPiece");
  return importBpe(model, parts.model);
}

Error swage::import::importAddedTokens(const JsonNode &tokens,
                                       TokenizerParts &parts) {
  if (!tokens.exists())
    return Error::success();
  if (Error error = tokens.wantArray())
    return error;
  DenseMap<uint32_t, StringRef> owners;
  for (const auto &entry : parts.model.ids)
    owners.try_emplace(entry.second, entry.getKey());
  StringMap<uint32_t> contents;
  for (size_t i = 0; i < tokens.size(); ++i) {
    JsonNode node = tokens[i];
    if (Error error = node.onlyKeys({"id", "content", "single_word", "lstrip",
                                     "rstrip", "normalized", "special"}))
      return error;
    auto id = node["id"].id();
    if (!id)
      return id.takeError();
    auto content = node["content"].string();
    if (!content)
      return content.takeError();
    if (content->empty())
      return node["content"].error("is empty");
    AddedTokenParts token;
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
    auto known = parts.model.ids.find(*content);
    if (known != parts.model.ids.end() && known->second != *id)
      return node["id"].error("found " + Twine(*id) + ", but '" + *content +
                              "' has id " + Twine(known->second) +
                              " in /model/vocab");
    auto owner = owners.try_emplace(*id, *content).first;
    if (owner->second != *content)
      return node["id"].error("id " + Twine(*id) + " is taken by '" +
                              owner->second + "'");
    if (!contents.try_emplace(*content, *id).second)
      return node["content"].error("'" + *content + "' occurs twice");
    // The map of ids keeps what it refers to.
    owner->second = contents.find(*content)->getKey();
    parts.added[*id] = std::move(token);
  }
  return Error::success();
}
