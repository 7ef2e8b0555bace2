//===- SentencePieceImport.cpp - A folder with a tokenizer.model ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text between added tokens becomes what SentencePiece makes of it; what is
// around that is what Hugging Face's LlamaTokenizer does.
//
//===----------------------------------------------------------------------===//

#include "SentencePieceModel.h"
#include "TokenizerParts.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include <algorithm>

using namespace llvm;
using namespace swage::import;
using PieceType = SentencePieceModel::PieceType;
using swage::schema::text::ModelKind;
using swage::schema::text::NormalizerStep;
using swage::schema::text::PrependScheme;

/// The score of an unknown character and of user-defined pieces is made of
/// those of normal ones, in SentencePiece's own precision.
static void setUnigramScores(const SentencePieceModel &model,
                             ModelParts &parts) {
  constexpr float kUnknownPenalty = 10;
  constexpr double kUserDefinedPenalty = 0.1;
  std::optional<float> lowest, highest;
  for (const SentencePieceModel::Piece &piece : model.pieces)
    if (piece.type == PieceType::Normal) {
      lowest = std::min(lowest.value_or(piece.score), piece.score);
      highest = std::max(highest.value_or(piece.score), piece.score);
    }
  parts.singlePrecision = true;
  parts.unknownScore = lowest.value_or(0) - kUnknownPenalty;
  for (auto [piece, score] : zip(model.pieces, parts.scores))
    if (piece.type == PieceType::UserDefined)
      score = double(float(piece.text.size()) * highest.value_or(0)) -
              kUserDefinedPenalty;
}

static void importPieces(const SentencePieceModel &model,
                         TokenizerParts &parts) {
  bool isUnigram = model.kind == SentencePieceModel::Kind::Unigram;
  parts.model.kind = isUnigram ? ModelKind::Unigram : ModelKind::CharacterBpe;
  parts.model.unknownToken = model.unknownId;
  parts.model.fuseUnknown = true;
  parts.model.byteFallback = model.byteFallback;
  for (auto [index, piece] : enumerate(model.pieces)) {
    auto id = uint32_t(index);
    parts.model.ids.try_emplace(piece.text, id);
    parts.model.scores.push_back(piece.score);
    switch (piece.type) {
    case PieceType::Normal:
      break;
    case PieceType::UserDefined:
      parts.model.userDefined.insert(id);
      break;
    case PieceType::Unused:
      // Unigram passes them over; BPE merges through them.
      if (isUnigram)
        parts.model.notFromText.insert(id);
      else
        parts.model.unused.insert(id);
      break;
    case PieceType::Byte:
      parts.model.notFromText.insert(id);
      break;
    case PieceType::Control:
    case PieceType::Unknown:
      parts.model.notFromText.insert(id);
      parts.added[id].id = id;
      parts.added[id].content = piece.text;
      parts.added[id].special = true;
      break;
    }
  }
  if (isUnigram)
    setUnigramScores(model, parts.model);
}

static Error setNormalizer(const SentencePieceModel &model, bool isLegacy,
                           TokenizerParts &parts) {
  NormalizerParts step;
  step.kind = NormalizerStep::SentencePiece;
  if (!model.charsmap.empty()) {
    auto charsmap = readCharsmap(model.charsmap);
    if (!charsmap)
      return createStringError(
          parts.file + ": field normalizer_spec.precompiled_charsmap: " +
          toString(charsmap.takeError()));
    step.charsmap = std::move(*charsmap);
  }
  // Legacy tokenizers let SentencePiece begin anew behind each added token.
  step.prefix = !model.addDummyPrefix ? PrependScheme::Never
                : isLegacy            ? PrependScheme::Always
                                      : PrependScheme::First;
  step.prefixIsSuffix = model.spaceIsSuffix;
  step.removesExtraSpaces = model.removeExtraSpaces;
  step.escapesSpaces = model.escapeSpaces;
  parts.normalizers.push_back(std::move(step));

  parts.decoder.space = "\u2581";
  parts.decoder.byteFallback = model.byteFallback;
  parts.decoder.stripStart = model.removeExtraSpaces ? UINT32_MAX
                             : model.addDummyPrefix  ? 1
                                                     : 0;
  return Error::success();
}

/// Adds a token of one of the files beside the model; `node` is where it
/// stands.
static Error addToken(const JsonNode &node, const std::string &content,
                      uint32_t id, const SentencePieceModel &model,
                      TokenizerParts &parts) {
  if (content.empty())
    return node.error("the token is empty");
  std::optional<uint32_t> known = parts.find(content);
  if (known && *known != id)
    return node.error("'" + content + "' has id " + Twine(*known) + " in " +
                      sys::path::filename(parts.file));
  auto owner = parts.added.find(id);
  StringRef taken = owner != parts.added.end() ? owner->second.content
                    : id < model.pieces.size() ? model.pieces[id].text
                                               : StringRef(content);
  if (taken != content)
    return node.error("id " + Twine(id) + " is taken by '" + taken + "'");
  if (owner != parts.added.end())
    return Error::success();
  AddedTokenParts &token = parts.added[id];
  token.id = id;
  token.content = content;
  return Error::success();
}

/// Tokens of added_tokens.json, {"content": id}, and those of
/// tokenizer_config.json, {"id": {"content": ...}}.
static Error addTokens(const JsonNode &tokens, const JsonNode &decoder,
                       const SentencePieceModel &model, TokenizerParts &parts) {
  // The older file only counts where the newer one says nothing.
  if (tokens.exists() && !decoder.exists())
    for (const auto &member : tokens.raw().items()) {
      JsonNode node = tokens[member.key()];
      auto id = node.id();
      if (!id)
        return id.takeError();
      if (Error error = addToken(node, member.key(), *id, model, parts))
        return error;
    }
  if (!decoder.exists())
    return Error::success();
  if (Error error = decoder.wantObject())
    return error;
  for (const auto &member : decoder.raw().items()) {
    JsonNode node = decoder[member.key()];
    uint32_t id;
    if (StringRef(member.key()).getAsInteger(10, id) || id > kMaximumId)
      return node.error("found this key, want an id from 0 to " +
                        Twine(kMaximumId));
    auto content = node["content"].string();
    if (!content)
      return content.takeError();
    if (Error error = addToken(node, *content, id, model, parts))
      return error;
  }
  return Error::success();
}

/// Tokens listed without a role are special, too.
static Error markSpecial(const JsonNode &list, TokenizerParts &parts) {
  if (!list.exists())
    return Error::success();
  if (Error error = list.wantArray())
    return error;
  for (size_t i = 0; i < list.size(); ++i) {
    JsonNode node = list[i];
    auto content = node.isObject() ? node["content"].string() : node.string();
    if (!content)
      return content.takeError();
    if (std::optional<uint32_t> id = parts.find(*content)) {
      AddedTokenParts &token = parts.added[*id];
      token.id = *id;
      token.content = *content;
      token.special = true;
    }
  }
  return Error::success();
}

static Error checkClass(const JsonNode &name) {
  if (!name.exists())
    return Error::success();
  auto text = name.string();
  if (!text)
    return text.takeError();
  StringRef kind = *text;
  kind.consume_back("Fast");
  return StringSwitch<bool>(kind)
                 .Cases(
                     {"LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"},
                     true)
                 .Default(false)
             ? Error::success()
             : name.unexpected("LlamaTokenizer, CodeLlamaTokenizer or "
                               "GemmaTokenizer, as there is no tokenizer.json: "
                               "others change the ids of tokenizer.model");
}

/// The piece `id` with a role that no file names, if it is a control piece.
static std::optional<uint32_t> defaultRole(const SentencePieceModel &model,
                                           int32_t id) {
  bool isControl = id >= 0 && size_t(id) < model.pieces.size() &&
                   model.pieces[size_t(id)].type == PieceType::Control;
  return isControl ? std::optional(uint32_t(id)) : std::nullopt;
}

Error swage::import::importSentencePiece(StringRef directory, StringRef bytes,
                                         TokenizerParts &parts) {
  auto beside = [&](StringRef name) {
    SmallString<256> path(directory);
    sys::path::append(path, name);
    return JsonNode::read(path);
  };
  auto model = readSentencePieceModel(parts.file, bytes);
  if (!model)
    return model.takeError();
  auto config = beside("tokenizer_config.json");
  if (!config)
    return config.takeError();
  auto map = beside("special_tokens_map.json");
  if (!map)
    return map.takeError();
  auto tokens = beside("added_tokens.json");
  if (!tokens)
    return tokens.takeError();
  if (Error error = checkClass((*config)["tokenizer_class"]))
    return error;
  auto isLegacy = (*config)["legacy"].boolean(true);
  if (!isLegacy)
    return isLegacy.takeError();
  auto addBos = (*config)["add_bos_token"].boolean(true);
  if (!addBos)
    return addBos.takeError();
  auto addEos = (*config)["add_eos_token"].boolean(false);
  if (!addEos)
    return addEos.takeError();

  importPieces(*model, parts);
  if (Error error = setNormalizer(*model, *isLegacy, parts))
    return error;
  if (Error error =
          addTokens(*tokens, (*config)["added_tokens_decoder"], *model, parts))
    return error;
  for (const JsonNode &file : {*config, *map})
    if (Error error = markSpecial(file["additional_special_tokens"], parts))
      return error;
  parts.bos = defaultRole(*model, model->bosId);
  std::optional<uint32_t> eos = defaultRole(*model, model->eosId);
  if (eos)
    parts.chatVariables["eos_token"] = parts.added[*eos].content;
  if (parts.bos)
    parts.chatVariables["bos_token"] = parts.added[*parts.bos].content;
  if (Error error = importSpecialTokens(directory, parts))
    return error;
  // What ends a text is the role, not what ends generation.
  if (auto role = parts.chatVariables.find("eos_token");
      role != parts.chatVariables.end())
    eos = parts.find(role->second);
  if (parts.eos.empty() && eos)
    parts.eos.push_back(*eos);
  if (*addBos && parts.bos)
    parts.prefix.push_back(*parts.bos);
  if (*addEos && eos)
    parts.suffix.push_back(*eos);
  // Text is rewritten between added tokens only.
  for (auto &entry : parts.added)
    entry.second.normalized = false;
  return Error::success();
}
