//===- TableWriter.cpp - The parts of a tokenizer as a table --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerParts.h"
#include "swage/text.h"

using namespace llvm;
using namespace swage::import;
namespace text = swage::schema::text;

static flatbuffers::Offset<void> writeStep(flatbuffers::FlatBufferBuilder &out,
                                           const StepParts &step) {
  switch (step.kind) {
  case text::PreTokenizerStep::Split: {
    auto pattern = out.CreateString(step.pattern);
    return text::CreateSplitStep(out, pattern, step.behavior, step.invert)
        .Union();
  }
  case text::PreTokenizerStep::Metaspace: {
    auto replacement = out.CreateString(step.replacement);
    return text::CreateMetaspaceStep(out, replacement, step.prependScheme,
                                     step.split)
        .Union();
  }
  case text::PreTokenizerStep::Digits:
    return text::CreateDigitsStep(out, step.individualDigits).Union();
  default:
    return text::CreateByteLevelStep(out, step.addPrefixSpace, step.useRegex)
        .Union();
  }
}

static flatbuffers::Offset<text::Charsmap>
writeCharsmap(flatbuffers::FlatBufferBuilder &out,
              const std::optional<CharsmapParts> &charsmap) {
  if (!charsmap)
    return 0;
  auto trie = out.CreateVector(charsmap->trie);
  auto replacements = out.CreateVector(
      reinterpret_cast<const uint8_t *>(charsmap->replacements.data()),
      charsmap->replacements.size());
  return text::CreateCharsmap(out, trie, replacements);
}

static flatbuffers::Offset<void>
writeNormalizer(flatbuffers::FlatBufferBuilder &out,
                const NormalizerParts &step) {
  switch (step.kind) {
  case text::NormalizerStep::Prepend:
    return text::CreatePrependStep(out, out.CreateString(step.text)).Union();
  case text::NormalizerStep::Replace: {
    auto pattern = out.CreateString(step.text);
    auto content = out.CreateString(step.content);
    return text::CreateReplaceStep(out, pattern, content).Union();
  }
  case text::NormalizerStep::UnicodeForm:
    return text::CreateUnicodeFormStep(out, step.form).Union();
  case text::NormalizerStep::Lowercase:
    return text::CreateLowercaseStep(out).Union();
  case text::NormalizerStep::StripAccents:
    return text::CreateStripAccentsStep(out).Union();
  case text::NormalizerStep::Strip:
    return text::CreateStripStep(out, step.left, step.right).Union();
  case text::NormalizerStep::Precompiled: {
    auto charsmap = writeCharsmap(out, step.charsmap);
    return text::CreatePrecompiledStep(out, charsmap).Union();
  }
  case text::NormalizerStep::SentencePiece: {
    auto charsmap = writeCharsmap(out, step.charsmap);
    return text::CreateSentencePieceStep(
               out, charsmap, step.prefix, step.prefixIsSuffix,
               step.removesExtraSpaces, step.asLlamaCpp, step.escapesSpaces)
        .Union();
  }
  default:
    return text::CreateBertStep(out, step.cleanText, step.handleChineseChars,
                                step.stripAccents, step.lowercase)
        .Union();
  }
}

static flatbuffers::Offset<text::TokenDecoder>
writeDecoder(flatbuffers::FlatBufferBuilder &out, const DecoderParts &decoder) {
  flatbuffers::Offset<flatbuffers::String> space, prefix;
  if (!decoder.space.empty())
    space = out.CreateString(decoder.space);
  if (!decoder.continuingPrefix.empty())
    prefix = out.CreateString(decoder.continuingPrefix);
  return text::CreateTokenDecoder(out, space, decoder.dropsFirstSpaces,
                                  decoder.byteFallback, decoder.stripStart,
                                  prefix, decoder.cleansUp);
}

/// The bytes of each id, and its flags.
struct Tokens {
  explicit Tokens(const TokenizerParts &parts)
      : bytes(parts.vocabularySize()), flags(parts.vocabularySize()) {
    bool byteLevel = parts.model.kind == text::ModelKind::ByteLevelBpe;
    for (const auto &entry : parts.model.ids) {
      auto spelled = byteLevel ? bytesOfToken(entry.getKey())
                               : std::optional(entry.getKey().str());
      bytes[entry.second] = spelled ? *spelled : entry.getKey().str();
      if (spelled && !parts.model.notFromText.contains(entry.second))
        flags[entry.second] |= uint8_t(text::TokenFlag::Model);
    }
    for (uint32_t id : parts.model.userDefined)
      flags[id] |= uint8_t(text::TokenFlag::UserDefined);
    for (uint32_t id : parts.model.unused)
      flags[id] |= uint8_t(text::TokenFlag::Unused);
    for (const auto &[id, token] : parts.added) {
      // Hugging Face decodes added tokens through the alphabet, too.
      bytes[id] = byteLevel
                      ? bytesOfToken(token.content).value_or(token.content)
                      : token.content;
      if (token.special)
        flags[id] |= uint8_t(text::TokenFlag::Special);
    }
  }

  std::vector<std::string> bytes;
  std::vector<uint8_t> flags;
};

/// The first version of the reader that understands all of `parts`.
static uint32_t readerVersion(const TokenizerParts &parts) {
  bool needs3 = parts.model.singlePrecision ||
                !parts.model.wordPrefix.empty() ||
                any_of(parts.normalizers, [](const NormalizerParts &step) {
                  return step.kind >= text::NormalizerStep::Precompiled ||
                         step.form == text::UnicodeForm::FirstOfNFD;
                });
  if (parts.model.kind == text::ModelKind::ByteLevelBpe)
    needs3 |= parts.steps.back().kind != text::PreTokenizerStep::ByteLevel;
  bool needs2 = parts.model.kind != text::ModelKind::ByteLevelBpe ||
                !parts.normalizers.empty();
  return needs3 ? 3 : needs2 ? 2 : 1;
}

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

  std::vector<text::NormalizerStep> normalizerKinds;
  std::vector<flatbuffers::Offset<void>> normalizers;
  for (const NormalizerParts &step : parts.normalizers) {
    normalizerKinds.push_back(step.kind);
    normalizers.push_back(writeNormalizer(out, step));
  }
  std::vector<flatbuffers::Offset<text::ChatVariable>> variables;
  for (const auto &[name, value] : parts.chatVariables) {
    auto nameOffset = out.CreateString(name);
    variables.push_back(
        text::CreateChatVariable(out, nameOffset, out.CreateString(value)));
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

  flatbuffers::Offset<flatbuffers::Vector<text::NormalizerStep>>
      normalizerKindsOffset;
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<void>>>
      normalizersOffset;
  if (!normalizers.empty()) {
    normalizerKindsOffset = out.CreateVector(normalizerKinds);
    normalizersOffset = out.CreateVector(normalizers);
  }
  flatbuffers::Offset<flatbuffers::Vector<double>> scoresOffset;
  if (!parts.model.scores.empty()) {
    // Added tokens have none, and need none.
    std::vector<double> scores = parts.model.scores;
    scores.resize(parts.vocabularySize());
    scoresOffset = out.CreateVector(scores);
  }
  flatbuffers::Offset<flatbuffers::String> prefixStringOffset, wordOffset;
  if (!parts.model.continuingPrefix.empty())
    prefixStringOffset = out.CreateString(parts.model.continuingPrefix);
  if (!parts.model.wordPrefix.empty())
    wordOffset = out.CreateString(parts.model.wordPrefix);
  flatbuffers::Offset<text::TokenDecoder> decoderOffset;
  if (parts.model.kind != text::ModelKind::ByteLevelBpe)
    decoderOffset = writeDecoder(out, parts.decoder);
  flatbuffers::Offset<
      flatbuffers::Vector<flatbuffers::Offset<text::ChatVariable>>>
      variablesOffset;
  if (!variables.empty())
    variablesOffset = out.CreateVector(variables);

  text::TokenizerBuilder table(out);
  table.add_reader_version(readerVersion(parts));
  table.add_model(parts.model.kind);
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
  table.add_token_scores(scoresOffset);
  table.add_normalizer_type(normalizerKindsOffset);
  table.add_normalizer(normalizersOffset);
  table.add_byte_fallback(parts.model.byteFallback);
  table.add_unknown_score(parts.model.unknownScore);
  table.add_continuing_prefix(prefixStringOffset);
  table.add_max_word_characters(parts.model.maxWordCharacters);
  table.add_decoder(decoderOffset);
  table.add_chat_variables(variablesOffset);
  table.add_single_precision(parts.model.singlePrecision);
  table.add_word_prefix(wordOffset);
  text::FinishTokenizerBuffer(out, table.Finish());
  return {out.GetBufferPointer(), out.GetBufferPointer() + out.GetSize()};
}

Expected<std::vector<uint8_t>>
swage::import::writeTokenizer(const TokenizerParts &parts) {
  std::vector<uint8_t> table = writeTable(parts);
  // What the runtime would refuse (say, a pattern that PCRE2 cannot compile) is
  // an error here and now.
  swage_tokenizer_t *tokenizer = nullptr;
  swage_status_t status;
  if (swage_tokenizer_create(table.data(), table.size(), nullptr, &tokenizer,
                             &status))
    return createStringError(status.message);
  swage_tokenizer_destroy(tokenizer);
  return table;
}
