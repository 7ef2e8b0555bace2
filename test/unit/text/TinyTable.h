//===- TinyTable.h - A small tokenizer table, to be changed by tests ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_TEXT_TINYTABLE_H
#define SWAGE_TEST_UNIT_TEXT_TINYTABLE_H

#include "tokenizer_generated.h"
#include <cstring>
#include <string>
#include <vector>

namespace swage::test {

namespace table = swage::schema::text;

/// Bytes where the C API wants them, aligned.
class AlignedBytes {
public:
  AlignedBytes(const void *bytes, size_t size)
      : words((size + 7) / 8), length(size) {
    if (size)
      std::memcpy(words.data(), bytes, size);
  }
  uint8_t *data() { return reinterpret_cast<uint8_t *>(words.data()); }
  size_t size() const { return length; }

private:
  std::vector<uint64_t> words;
  size_t length;
};

/// Ids 0 to 255 are the bytes, 256 is "ab", 257 "abc", 258 the special "</s>",
/// 259 the added "<x>".
struct TinyTable {
  std::vector<std::string> tokens;
  std::vector<table::TokenFlag> flags;
  std::vector<uint32_t> offsets; ///< Computed if empty.
  std::vector<table::Merge> merges = {{'a', 'b', 256}, {256, 'c', 257}};
  struct Added {
    uint32_t id;
    std::string content;
    bool special;
  };
  std::vector<Added> added = {{258, "</s>", true}, {259, "<x>", false}};
  std::vector<table::PreTokenizerStep> steps = {
      table::PreTokenizerStep::ByteLevel};
  std::string pattern = " ";
  table::SplitBehavior behavior = table::SplitBehavior::Isolated;
  uint32_t readerVersion = 1;
  table::ModelKind model = table::ModelKind::ByteLevelBpe;
  bool ignoreMerges = false, fuseUnknown = false;
  int32_t unknown = -1, bos = 258;
  std::vector<uint32_t> prefix = {258}, suffix, eos = {258};
  const char *chatTemplate = nullptr;
  table::NormalizerStep normalizer = table::NormalizerStep::NONE;
  std::vector<uint32_t> trie;
  std::string replacements;
  table::PrependScheme prefixScheme = table::PrependScheme::Never;
  const char *wordPrefix = nullptr;
  std::vector<double> scores;

  TinyTable() {
    for (int byte = 0; byte < 256; ++byte)
      tokens.emplace_back(1, char(byte));
    tokens.insert(tokens.end(), {"ab", "abc", "</s>", "<x>"});
    flags.assign(258, table::TokenFlag::Model);
    flags.push_back(table::TokenFlag::Special);
    flags.push_back(table::TokenFlag(0));
  }

  AlignedBytes build() const {
    flatbuffers::FlatBufferBuilder out;
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> starts = {0};
    for (const std::string &token : tokens) {
      bytes.insert(bytes.end(), token.begin(), token.end());
      starts.push_back(uint32_t(bytes.size()));
    }
    std::vector<flatbuffers::Offset<void>> stepTables;
    for (table::PreTokenizerStep step : steps) {
      if (step == table::PreTokenizerStep::Split)
        stepTables.push_back(
            table::CreateSplitStep(out, out.CreateString(pattern), behavior)
                .Union());
      else if (step == table::PreTokenizerStep::Metaspace)
        stepTables.push_back(
            table::CreateMetaspaceStep(out, out.CreateString("_")).Union());
      else if (step == table::PreTokenizerStep::Digits)
        stepTables.push_back(table::CreateDigitsStep(out, true).Union());
      else
        stepTables.push_back(
            table::CreateByteLevelStep(out, false, true).Union());
    }
    std::vector<flatbuffers::Offset<table::AddedToken>> addedTables;
    for (const Added &token : added)
      addedTables.push_back(table::CreateAddedToken(
          out, token.id, out.CreateString(token.content), false, false, false,
          false, token.special));
    auto bytesAt = out.CreateVector(bytes);
    auto offsetsAt = out.CreateVector(offsets.empty() ? starts : offsets);
    auto flagsAt = out.CreateVector(flags);
    auto mergesAt = out.CreateVectorOfStructs(merges);
    auto kindsAt = out.CreateVector(steps);
    auto stepsAt = out.CreateVector(stepTables);
    auto addedAt = out.CreateVector(addedTables);
    auto prefixAt = out.CreateVector(prefix);
    auto suffixAt = out.CreateVector(suffix);
    auto eosAt = out.CreateVector(eos);
    flatbuffers::Offset<flatbuffers::String> chatAt;
    if (chatTemplate)
      chatAt = out.CreateString(chatTemplate);
    flatbuffers::Offset<flatbuffers::Vector<table::NormalizerStep>> typesAt;
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<void>>>
        normalizersAt;
    if (normalizer != table::NormalizerStep::NONE) {
      auto trieAt = out.CreateVector(trie);
      auto charsmapAt = table::CreateCharsmap(
          out, trieAt,
          out.CreateVector(
              reinterpret_cast<const uint8_t *>(replacements.data()),
              replacements.size()));
      auto stepAt =
          normalizer == table::NormalizerStep::Precompiled
              ? table::CreatePrecompiledStep(out, charsmapAt).Union()
              : table::CreateSentencePieceStep(
                    out, trie.empty() && replacements.empty() ? 0 : charsmapAt,
                    prefixScheme)
                    .Union();
      typesAt = out.CreateVector(std::vector{normalizer});
      normalizersAt = out.CreateVector(std::vector{stepAt});
    }
    flatbuffers::Offset<flatbuffers::String> wordPrefixAt;
    if (wordPrefix)
      wordPrefixAt = out.CreateString(wordPrefix);
    flatbuffers::Offset<flatbuffers::Vector<double>> scoresAt;
    if (!scores.empty())
      scoresAt = out.CreateVector(scores);
    table::FinishTokenizerBuffer(
        out,
        table::CreateTokenizer(
            out, readerVersion, model, bytesAt, offsetsAt, flagsAt, scoresAt,
            mergesAt, ignoreMerges, unknown, fuseUnknown, kindsAt, stepsAt,
            addedAt, prefixAt, suffixAt, bos, eosAt, chatAt, typesAt,
            normalizersAt, false, 0, 0, 100, 0, 0, false, wordPrefixAt));
    return AlignedBytes(out.GetBufferPointer(), out.GetSize());
  }
};

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_TEXT_TINYTABLE_H
