//===- TokenizerImport.cpp - A Hugging Face tokenizer as a table ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerImport.h"
#include "TokenizerParts.h"
#include "swage/text.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace swage::import;
namespace text = swage::schema::text;

static Error importTokenizerJson(const JsonNode &json, TokenizerParts &parts) {
  // Truncation and padding are a caller's matter.
  if (Error error = json.onlyKeys(
          {"version", "truncation", "padding", "added_tokens", "normalizer",
           "pre_tokenizer", "post_processor", "decoder", "model"}))
    return error;
  JsonNode version = json["version"];
  if (version.exists() && version.raw() != "1.0")
    return version.unexpected("\"1.0\"");
  if (Error error = importModel(json["model"], parts))
    return error;
  if (Error error = importAddedTokens(json["added_tokens"], parts))
    return error;
  if (Error error = checkNormalizer(json["normalizer"]))
    return error;
  if (Error error = importPreTokenizer(json["pre_tokenizer"], parts))
    return error;
  if (Error error = importPostProcessor(json["post_processor"], parts))
    return error;
  return checkDecoder(json["decoder"]);
}

static flatbuffers::Offset<void> writeStep(flatbuffers::FlatBufferBuilder &out,
                                           const StepParts &step) {
  switch (step.kind) {
  case text::PreTokenizerStep::Split: {
    auto pattern = out.CreateString(step.pattern);
    return text::CreateSplitStep(out, pattern, step.behavior, step.invert)
        .Union();
  }
  case text::PreTokenizerStep::Digits:
    return text::CreateDigitsStep(out, step.individualDigits).Union();
  default:
    return text::CreateByteLevelStep(out, step.addPrefixSpace, step.useRegex)
        .Union();
  }
}

/// What each id decodes to, and its flags.
struct Tokens {
  explicit Tokens(const TokenizerParts &parts)
      : bytes(parts.vocabularySize()), flags(parts.vocabularySize()) {
    for (const auto &entry : parts.model.ids) {
      auto spelled = bytesOfToken(entry.getKey());
      bytes[entry.second] = spelled ? *spelled : entry.getKey().str();
      if (spelled)
        flags[entry.second] |= uint8_t(text::TokenFlag::Model);
    }
    for (const auto &[id, token] : parts.added) {
      // Hugging Face decodes added tokens through the alphabet, too.
      bytes[id] = bytesOfToken(token.content).value_or(token.content);
      if (token.special)
        flags[id] |= uint8_t(text::TokenFlag::Special);
    }
  }

  std::vector<std::string> bytes;
  std::vector<uint8_t> flags;
};

static std::vector<uint8_t> writeTable(const TokenizerParts &parts) {
  flatbuffers::FlatBufferBuilder out(1 << 20);
  Tokens tokens(parts);
  std::vector<uint8_t> blob;
  std::vector<uint32_t> offsets = {0};
  for (const std::string &bytes : tokens.bytes) {
    blob.insert(blob.end(), bytes.begin(), bytes.end());
    offsets.push_back(uint32_t(blob.size()));
  }
  std::vector<text::TokenFlag> flags;
  for (uint8_t flag : tokens.flags)
    flags.push_back(text::TokenFlag(flag));

  std::vector<text::PreTokenizerStep> kinds;
  std::vector<flatbuffers::Offset<void>> steps;
  for (const StepParts &step : parts.steps) {
    kinds.push_back(step.kind);
    steps.push_back(writeStep(out, step));
  }
  std::vector<flatbuffers::Offset<text::AddedToken>> added;
  for (const auto &[id, token] : parts.added) {
    auto content = out.CreateString(token.content);
    added.push_back(text::CreateAddedToken(out, id, content, token.singleWord,
                                           token.lstrip, token.rstrip,
                                           token.normalized, token.special));
  }

  auto blobOffset = out.CreateVector(blob);
  auto offsetsOffset = out.CreateVector(offsets);
  auto flagsOffset = out.CreateVector(flags);
  auto mergesOffset = out.CreateVectorOfStructs(parts.model.merges);
  auto kindsOffset = out.CreateVector(kinds);
  auto stepsOffset = out.CreateVector(steps);
  auto addedOffset = out.CreateVector(added);
  auto prefixOffset = out.CreateVector(parts.prefix);
  auto suffixOffset = out.CreateVector(parts.suffix);
  auto eosOffset = out.CreateVector(parts.eos);
  flatbuffers::Offset<flatbuffers::String> chatOffset;
  if (!parts.chatTemplate.empty())
    chatOffset = out.CreateString(parts.chatTemplate);

  text::TokenizerBuilder table(out);
  table.add_model(text::ModelKind::ByteLevelBpe);
  table.add_token_bytes(blobOffset);
  table.add_token_offsets(offsetsOffset);
  table.add_token_flags(flagsOffset);
  table.add_merges(mergesOffset);
  table.add_ignore_merges(parts.model.ignoreMerges);
  table.add_unknown_token(parts.model.unknownToken);
  table.add_fuse_unknown(parts.model.fuseUnknown);
  table.add_pre_tokenizer_type(kindsOffset);
  table.add_pre_tokenizer(stepsOffset);
  table.add_added_tokens(addedOffset);
  table.add_prefix_tokens(prefixOffset);
  table.add_suffix_tokens(suffixOffset);
  table.add_bos_token(parts.bos ? int32_t(*parts.bos) : -1);
  table.add_eos_tokens(eosOffset);
  table.add_chat_template(chatOffset);
  text::FinishTokenizerBuffer(out, table.Finish());
  return {out.GetBufferPointer(), out.GetBufferPointer() + out.GetSize()};
}

Expected<std::optional<std::vector<uint8_t>>>
swage::import::importTokenizer(StringRef modelDirectory) {
  SmallString<256> path(modelDirectory);
  sys::path::append(path, "tokenizer.json");
  auto json = JsonNode::read(path);
  if (!json)
    return json.takeError();
  if (!json->exists())
    return std::nullopt;
  TokenizerParts parts;
  if (Error error = importTokenizerJson(*json, parts))
    return std::move(error);
  if (Error error = importSpecialTokens(modelDirectory, parts))
    return std::move(error);
  std::vector<uint8_t> table = writeTable(parts);

  // What the runtime would refuse (say, a pattern that PCRE2 cannot compile) is
  // an error here and now.
  swage_tokenizer_t *tokenizer = nullptr;
  swage_status_t status;
  if (swage_tokenizer_create(table.data(), table.size(), nullptr, &tokenizer,
                             &status))
    return json->error(status.message);
  swage_tokenizer_destroy(tokenizer);
  return table;
}
