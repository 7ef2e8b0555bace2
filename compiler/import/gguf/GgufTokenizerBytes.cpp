//===- GgufTokenizerBytes.cpp - GGUF's tokenizers "gpt2" -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufTokenizerReader.h"
#include "compiler/import/tokenizer/PatternTranslation.h"
#include "llvm/ADT/DenseSet.h"

using nlohmann::json;
namespace text = swage::schema::text;

namespace swage::import {

TokenizerParts GgufTokenizerReader::readBytes() {
  parts.model.kind = text::ModelKind::ByteLevelBpe;
  const GgufPreTokenizer *splitter = readSplitter();
  if (!splitter)
    return std::move(parts);
  readTokens();
  readMerges();
  Defaults defaults;
  defaults.addBos = splitter->addBos;
  readSpecialTokens(defaults);
  return std::move(parts);
}

const GgufPreTokenizer *GgufTokenizerReader::readSplitter() {
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

void GgufTokenizerReader::readMerges() {
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

} // namespace swage::import
