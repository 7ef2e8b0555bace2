//===- GgufTokenizer.cpp - The tokenizer of a GGUF file as a table -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizer.h"
#include "compiler/import/gguf/GgufKeys.h"
#include "compiler/import/gguf/GgufPreTokenizers.h"
#include "compiler/import/tokenizer/PatternTranslation.h"
#include "compiler/import/tokenizer/TokenizerParts.h"
#include "llvm/ADT/DenseSet.h"

using nlohmann::json;
namespace text = swage::schema::text;

namespace swage::import {

namespace {

/// Values of `tokenizer.ggml.token_type`.
enum class TokenType : int64_t {
  Normal = 1,
  Unknown = 2,
  Control = 3,
  UserDefined = 4,
  Unused = 5,
  Byte = 6
};

/// Reads a tokenizer of bytes, "gpt2" in GGUF's words.
class ByteLevelReader {
public:
  ByteLevelReader(const GgufFile &file, Problems &problems)
      : keys(file, "tokenizer.ggml.", problems),
        chat(file, "tokenizer.", problems) {}

  TokenizerParts read() {
    parts.model.kind = text::ModelKind::ByteLevelBpe;
    if (const GgufPreTokenizer *splitter = readSplitter()) {
      readTokens();
      readMerges();
      readSpecialTokens(*splitter);
    }
    return std::move(parts);
  }

private:
  /// The array of that key, of strings or numbers; null if it is not there.
  const json::array_t *array(llvm::StringRef key, bool isNeeded) {
    const json *value = keys.find(key);
    if (!value && isNeeded)
      keys.fail(key, "found nothing, expected an array");
    else if (value && !value->is_array())
      keys.unexpected(key, *value, "an array");
    return value ? value->get_ptr<const json::array_t *>() : nullptr;
  }

  const GgufPreTokenizer *readSplitter() {
    std::string name = keys.string("pre").value_or("");
    const GgufPreTokenizer *splitter = findGgufPreTokenizer(name);
    if (!splitter) {
      keys.fail("pre", "found " +
                           (name.empty() ? "nothing" : describeJson(name)) +
                           ", supported are " + listGgufPreTokenizers());
      return nullptr;
    }
    for (llvm::StringRef pattern : splitter->patterns) {
      StepParts step;
      step.kind = text::PreTokenizerStep::Split;
      llvm::Expected<std::string> translated = translatePattern(pattern);
      if (!translated) {
        keys.fail("pre", llvm::toString(translated.takeError()));
        return nullptr;
      }
      step.pattern = *translated;
      step.behavior = text::SplitBehavior::Isolated;
      parts.steps.push_back(std::move(step));
    }
    StepParts bytes;
    bytes.kind = text::PreTokenizerStep::ByteLevel;
    parts.steps.push_back(bytes);
    parts.model.ignoreMerges = splitter->ignoreMerges;
    return splitter;
  }

  void readTokens() {
    const json::array_t *tokens = array("tokens", true);
    const json::array_t *types = array("token_type", false);
    if (!tokens)
      return;
    if (tokens->empty() || tokens->size() > kMaximumId)
      return keys.fail("tokens", "found " + llvm::Twine(tokens->size()) +
                                     " tokens, expected 1 to " +
                                     llvm::Twine(kMaximumId));
    if (types && types->size() != tokens->size())
      return keys.fail("token_type",
                       "found " + llvm::Twine(types->size()) +
                           " types, expected one for each of the " +
                           llvm::Twine(tokens->size()) + " tokens");
    for (size_t id = 0; id < tokens->size(); ++id) {
      const json &token = (*tokens)[id];
      if (!token.is_string())
        return keys.unexpected("tokens", token, "strings");
      json type = types ? (*types)[id] : json(int64_t(TokenType::Normal));
      if (!type.is_number_integer() || type < 1 || type > 6)
        return keys.unexpected("token_type", type, "integers from 1 to 6");
      addToken(uint32_t(id), token.get_ref<const std::string &>(),
               TokenType(type.get<int64_t>()));
    }
    size = uint32_t(tokens->size());
  }

  void addToken(uint32_t id, const std::string &content, TokenType type) {
    if (type == TokenType::Unused)
      return;
    if (!parts.model.ids.try_emplace(content, id).second)
      return keys.fail("tokens", describeJson(content) + " occurs twice");
    if (type != TokenType::Control && type != TokenType::UserDefined)
      return;
    if (content.empty())
      return keys.fail("tokens", "token " + llvm::Twine(id) +
                                     " is looked for in texts, but is empty");
    AddedTokenParts &added = parts.added[id];
    added.id = id;
    added.content = content;
    added.normalized = false;
    added.special = type == TokenType::Control;
  }

  void readMerges() {
    const json::array_t *merges = array("merges", true);
    llvm::DenseSet<uint64_t> seen;
    for (size_t i = 0; merges && i < merges->size(); ++i) {
      const json &merge = (*merges)[i];
      if (!merge.is_string())
        return keys.unexpected("merges", merge, "strings");
      // No half starts with the space that is between them.
      llvm::StringRef pair = merge.get_ref<const std::string &>();
      size_t middle = pair.find(' ', 1);
      auto find = [&](llvm::StringRef token) {
        auto known = parts.model.ids.find(token);
        return known == parts.model.ids.end() ? std::nullopt
                                              : std::optional(known->second);
      };
      std::optional<uint32_t> left, right, result;
      if (middle != llvm::StringRef::npos) {
        left = find(pair.substr(0, middle));
        right = find(pair.substr(middle + 1));
        result = find((pair.substr(0, middle) + pair.substr(middle + 1)).str());
      }
      if (!left || !right || !result)
        return keys.fail("merges", "merge " + llvm::Twine(i) + ", " +
                                       describeJson(merge) +
                                       ", is not of two tokens that make a "
                                       "third");
      if (seen.insert(uint64_t(*left) << 32 | *right).second)
        parts.model.merges.push_back(text::Merge(*left, *right, *result));
    }
  }

  std::optional<uint32_t> readToken(llvm::StringRef key) {
    std::optional<int64_t> id = keys.size(key);
    if (!id)
      return std::nullopt;
    if (*id < size)
      return uint32_t(*id);
    keys.fail(key, "found " + llvm::Twine(*id) + ", expected a token below " +
                       llvm::Twine(size));
    return std::nullopt;
  }

  void readSpecialTokens(const GgufPreTokenizer &splitter) {
    parts.bos = readToken("bos_token_id");
    for (const char *key : {"eos_token_id", "eot_token_id", "eom_token_id"})
      if (auto id = readToken(key); id && !llvm::is_contained(parts.eos, *id))
        parts.eos.push_back(*id);
    if (keys.flag("add_bos_token").value_or(splitter.addBos) && parts.bos)
      parts.prefix.push_back(*parts.bos);
    if (keys.flag("add_eos_token").value_or(false) && !parts.eos.empty())
      parts.suffix.push_back(parts.eos.front());
    parts.chatTemplate = chat.string("chat_template").value_or("");
  }

  GgufKeys keys, chat;
  TokenizerParts parts;
  uint32_t size = 0;
};

} // namespace

llvm::Expected<std::optional<std::vector<uint8_t>>>
importGgufTokenizer(llvm::StringRef path) {
  llvm::Expected<std::unique_ptr<GgufFile>> file = GgufFile::open(path);
  if (!file)
    return file.takeError();
  constexpr const char *kModel = "tokenizer.ggml.model";
  const json *model = (*file)->find(kModel);
  if (!model || *model == "none" || *model == "no_vocab")
    return std::nullopt;
  if (*model != "gpt2")
    return llvm::createStringError(
        path + ": metadata key '" + kModel + "': found " +
        describeJson(*model) +
        ", this version supports gpt2 and none; convert the model from its "
        "folder instead");
  Problems problems;
  TokenizerParts parts = ByteLevelReader(**file, problems).read();
  if (problems.hasErrors())
    return problems.takeErrors();
  llvm::Expected<std::vector<uint8_t>> table = writeTokenizer(parts);
  if (!table)
    return llvm::createStringError(path + ": " +
                                   llvm::toString(table.takeError()));
  return std::move(*table);
}

} // namespace swage::import
