//===- GgufTokenizerPieces.cpp - GGUF's tokenizers of characters ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// "llama", "t5" and "bert".
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizerReader.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using nlohmann::json;
namespace text = swage::schema::text;

namespace swage::import {

/// U+2581, which stands for a space, here also in front of a word.
static constexpr char kSpaceSign[] = "\xE2\x96\x81";

/// The step that writes spaces as signs.
NormalizerParts GgufTokenizerReader::makeSpaceStep(bool addsPrefix) const {
  NormalizerParts step;
  step.kind = text::NormalizerStep::SentencePiece;
  step.prefix =
      addsPrefix ? text::PrependScheme::Always : text::PrependScheme::Never;
  step.escapesSpaces = true;
  return step;
}

/// Characters that are no token become their bytes' tokens, so none of those
/// may be missing.
void GgufTokenizerReader::checkByteTokens() {
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string token = "<0x" + llvm::utohexstr(byte, false, 2) + ">";
    if (!parts.model.ids.count(token))
      return keys.fail("tokens", "there is no '" + token +
                                     "', expected one for each byte");
  }
}

TokenizerParts GgufTokenizerReader::readScoredPieces() {
  parts.model.kind = text::ModelKind::CharacterBpe;
  parts.model.byteFallback = true;
  readTokens();
  if (types.empty())
    return std::move(parts);
  readScores();
  checkByteTokens();
  readUnknown(0);
  bool addsPrefix = keys.flag("add_space_prefix").value_or(true);
  parts.normalizers.push_back(makeSpaceStep(addsPrefix));
  parts.decoder.space = kSpaceSign;
  parts.decoder.byteFallback = true;
  parts.decoder.stripStart = addsPrefix;
  Defaults defaults;
  defaults.bos = 1;
  defaults.eos = 2;
  defaults.addBos = true;
  readSpecialTokens(defaults);
  return std::move(parts);
}

void GgufTokenizerReader::readCharsmap(NormalizerParts &step) {
  const json::array_t *values = array("precompiled_charsmap", false);
  if (!values || values->empty())
    return;
  std::string bytes;
  for (const json &value : *values) {
    if (!value.is_number_integer() || value < -128 || value > 255)
      return keys.unexpected("precompiled_charsmap", value, "bytes");
    bytes.push_back(char(value.get<int64_t>()));
  }
  llvm::Expected<CharsmapParts> charsmap = import::readCharsmap(bytes);
  if (!charsmap)
    return keys.fail("precompiled_charsmap",
                     llvm::toString(charsmap.takeError()));
  step.charsmap = std::move(*charsmap);
}

TokenizerParts GgufTokenizerReader::readUnigrams() {
  parts.model.kind = text::ModelKind::Unigram;
  parts.model.fuseUnknown = true;
  readTokens();
  if (types.empty())
    return std::move(parts);
  readScores();
  readUnknown(2);
  constexpr float kUnknownPenalty = 10;
  std::optional<float> lowest;
  for (auto [id, type] : llvm::enumerate(types)) {
    double &score = parts.model.scores[id];
    if (type == TokenType::Normal)
      lowest = std::min(lowest.value_or(float(score)), float(score));
    else if (type == TokenType::UserDefined)
      score = 0;
    else if (type != TokenType::Unused)
      parts.model.notFromText.insert(uint32_t(id));
  }
  parts.model.unknownScore = lowest.value_or(0) - kUnknownPenalty;
  bool merges = keys.flag("remove_extra_whitespaces").value_or(false);
  bool addsPrefix = keys.flag("add_space_prefix").value_or(false);
  NormalizerParts step = makeSpaceStep(addsPrefix);
  step.removesExtraSpaces = merges;
  step.asLlamaCpp = true;
  readCharsmap(step);
  parts.normalizers.push_back(std::move(step));
  parts.decoder.space = kSpaceSign;
  parts.decoder.stripStart = addsPrefix || merges;
  Defaults defaults;
  defaults.eos = 1;
  defaults.addEos = true;
  readSpecialTokens(defaults);
  return std::move(parts);
}

/// How llama.cpp cuts text into words.
void GgufTokenizerReader::addWordSteps() {
  bool lowercase = keys.flag("normalizer.lowercase").value_or(true);
  NormalizerParts step;
  bool stripsAccents =
      keys.flag("normalizer.strip_accents").value_or(lowercase);
  if (stripsAccents) {
    step.kind = text::NormalizerStep::UnicodeForm;
    step.form = text::UnicodeForm::FirstOfNFD;
    parts.normalizers.push_back(step);
    step = {};
  }
  step.kind = text::NormalizerStep::Replace;
  step.text = "(?!\\p{White_Space})[\\p{Cc}\\p{Cf}\\p{Co}\\x{FFFD}]";
  parts.normalizers.push_back(step);
  step = {};
  if (stripsAccents) {
    step.kind = text::NormalizerStep::StripAccents;
    parts.normalizers.push_back(step);
  }
  if (lowercase) {
    // The one character with two in lower case: the second is left out.
    step.kind = text::NormalizerStep::Replace;
    step.text = "\\x{130}";
    step.content = "i";
    parts.normalizers.push_back(step);
    step = {};
    step.kind = text::NormalizerStep::Lowercase;
    parts.normalizers.push_back(step);
  }
  StepParts spaces;
  spaces.kind = text::PreTokenizerStep::Split;
  spaces.pattern = "\\p{White_Space}+";
  spaces.behavior = text::SplitBehavior::Removed;
  parts.steps.push_back(spaces);
  // Punctuation, ASCII's symbols, and ideographs are words of their own.
  StepParts signs = spaces;
  signs.pattern =
      "[!-/:-@\\[-`{-~\\p{P}\\x{4E00}-\\x{9FFF}\\x{3400}-\\x{4DBF}"
      "\\x{20000}-\\x{2A6DF}\\x{2A700}-\\x{2B73F}\\x{2B740}-\\x{2B81F}"
      "\\x{2B920}-\\x{2CEAF}\\x{F900}-\\x{FAFF}\\x{2F800}-\\x{2FA1F}]";
  signs.behavior = text::SplitBehavior::Isolated;
  parts.steps.push_back(signs);
}

TokenizerParts GgufTokenizerReader::readWordPieces() {
  parts.model.kind = text::ModelKind::WordPiece;
  // Pieces that start a word have the sign in front, others have nothing.
  parts.model.wordPrefix = kSpaceSign;
  parts.model.maxWordCharacters = UINT32_MAX;
  readTokens();
  if (types.empty())
    return std::move(parts);
  readUnknown(100);
  addWordSteps();
  parts.decoder.space = kSpaceSign;
  parts.decoder.stripStart = 1;
  parts.decoder.cleansUp = true;
  parts.bos = readId("bos_token_id", readId("cls_token_id", 101));
  std::optional<uint32_t> separator = readId("seperator_token_id", 102);
  for (auto [id, key, ids] :
       {std::tuple(parts.bos, "bos_token_id", &parts.prefix),
        std::tuple(separator, "seperator_token_id", &parts.suffix)}) {
    if (id)
      ids->push_back(*id);
    else
      keys.fail(key, "found no token, expected one to put around texts");
  }
  markControls();
  readChat();
  return std::move(parts);
}

} // namespace swage::import
