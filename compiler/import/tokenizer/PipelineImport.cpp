//===- PipelineImport.cpp - What happens around the model -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Normalizer, pre-tokenizer, post-processor and decoder of tokenizer.json.
//
//===----------------------------------------------------------------------===//

#include "PatternTranslation.h"
#include "TokenizerParts.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace swage::import;
using swage::schema::text::PreTokenizerStep;
using swage::schema::text::SplitBehavior;

static constexpr char kSteps[] = "ByteLevel, Split, Digits, and a Sequence of "
                                 "these that ends with ByteLevel";
static constexpr char kProcessors[] =
    "null, ByteLevel, TemplateProcessing, and a Sequence of these";

/// The member `type`, or "" if that is not a string.
static std::string typeOf(const JsonNode &component) {
  JsonNode type = component["type"];
  return type.isString() ? type.raw().get<std::string>() : "";
}

static Expected<StepParts> importByteLevel(const JsonNode &node) {
  // Offsets are not computed, so what trims them does not matter.
  if (Error error = node.onlyKeys(
          {"type", "add_prefix_space", "trim_offsets", "use_regex"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::ByteLevel;
  auto space = node["add_prefix_space"].boolean(true);
  if (!space)
    return space.takeError();
  auto regex = node["use_regex"].boolean(true);
  if (!regex)
    return regex.takeError();
  step.addPrefixSpace = *space;
  step.useRegex = *regex;
  return step;
}

static Expected<StepParts> importDigits(const JsonNode &node) {
  if (Error error = node.onlyKeys({"type", "individual_digits"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Digits;
  auto individual = node["individual_digits"].boolean(false);
  if (!individual)
    return individual.takeError();
  step.individualDigits = *individual;
  return step;
}

static Expected<StepParts> importSplit(const JsonNode &node) {
  if (Error error = node.onlyKeys({"type", "pattern", "behavior", "invert"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Split;
  JsonNode pattern = node["pattern"];
  if (Error error = pattern.onlyKeys({"Regex", "String"}))
    return std::move(error);
  if (pattern["String"].exists()) {
    auto literal = pattern["String"].string();
    if (!literal)
      return literal.takeError();
    step.pattern = quotePattern(*literal);
  } else {
    auto regex = pattern["Regex"].string();
    if (!regex)
      return regex.takeError();
    auto translated = translatePattern(*regex);
    if (!translated)
      return pattern["Regex"].error(toString(translated.takeError()));
    step.pattern = *translated;
  }
  JsonNode name = node["behavior"];
  auto behavior = name.string();
  if (!behavior)
    return behavior.takeError();
  auto known =
      StringSwitch<std::optional<SplitBehavior>>(*behavior)
          .Case("Removed", SplitBehavior::Removed)
          .Case("Isolated", SplitBehavior::Isolated)
          .Case("MergedWithPrevious", SplitBehavior::MergedWithPrevious)
          .Case("MergedWithNext", SplitBehavior::MergedWithNext)
          .Case("Contiguous", SplitBehavior::Contiguous)
          .Default(std::nullopt);
  if (!known)
    return name.unexpected("Removed, Isolated, MergedWithPrevious, "
                           "MergedWithNext or Contiguous");
  step.behavior = *known;
  auto invert = node["invert"].boolean(false);
  if (!invert)
    return invert.takeError();
  step.invert = *invert;
  return step;
}

/// One step, or those of a Sequence; the last one overall has `isLast`.
static Error importStep(const JsonNode &node, bool isLast,
                        TokenizerParts &parts) {
  std::string type = typeOf(node);
  if (type == "Sequence") {
    if (Error error = node.onlyKeys({"type", "pretokenizers"}))
      return error;
    JsonNode steps = node["pretokenizers"];
    if (Error error = steps.wantArray())
      return error;
    if (isLast && steps.size() == 0)
      return steps.error(Twine("is empty, supported: ") + kSteps);
    for (size_t i = 0; i < steps.size(); ++i)
      if (Error error =
              importStep(steps[i], isLast && i + 1 == steps.size(), parts))
        return error;
    return Error::success();
  }
  // Other steps would see ByteLevel's stand-in characters, not the text.
  if ((type == "ByteLevel") != isLast)
    if (isLast || type == "ByteLevel")
      return unsupportedType(node, kSteps);
  Expected<StepParts> step =
      type == "ByteLevel" ? importByteLevel(node)
      : type == "Split"   ? importSplit(node)
      : type == "Digits"  ? importDigits(node)
                          : Expected<StepParts>(unsupportedType(node, kSteps));
  if (!step)
    return step.takeError();
  parts.steps.push_back(*step);
  return Error::success();
}

Error swage::import::importPreTokenizer(const JsonNode &step,
                                        TokenizerParts &parts) {
  if (!step.exists())
    return step.error(Twine("found nothing, supported: ") + kSteps);
  return importStep(step, /*isLast=*/true, parts);
}

/// Appends the ids of one special token of a template.
static Error importTemplateToken(const JsonNode &token, const JsonNode &table,
                                 uint32_t vocabularySize,
                                 std::vector<uint32_t> &ids) {
  auto name = token["id"].string();
  if (!name)
    return name.takeError();
  JsonNode known = table[*name]["ids"];
  if (!known.exists())
    return token["id"].error("'" + *name + "' is not in special_tokens");
  if (Error error = known.wantArray())
    return error;
  for (size_t i = 0; i < known.size(); ++i) {
    auto id = known[i].id();
    if (!id)
      return id.takeError();
    if (*id >= vocabularySize)
      return known[i].error("id " + Twine(*id) +
                            " is outside the vocabulary of " +
                            Twine(vocabularySize));
    ids.push_back(*id);
  }
  return Error::success();
}

static Error importTemplate(const JsonNode &node, TokenizerParts &parts) {
  // Pairs of texts are not encoded, so their template does not matter.
  if (Error error = node.onlyKeys({"type", "single", "pair", "special_tokens"}))
    return error;
  JsonNode single = node["single"];
  if (Error error = single.wantArray())
    return error;
  std::vector<uint32_t> before, after;
  bool seenText = false;
  for (size_t i = 0; i < single.size(); ++i) {
    JsonNode item = single[i];
    if (Error error = item.onlyKeys({"SpecialToken", "Sequence"}))
      return error;
    if (item["SpecialToken"].exists()) {
      if (Error error = importTemplateToken(
              item["SpecialToken"], node["special_tokens"],
              parts.vocabularySize(), seenText ? after : before))
        return error;
      continue;
    }
    JsonNode sequence = item["Sequence"]["id"];
    if (!sequence.isString() || sequence.raw() != "A" || seenText)
      return sequence.unexpected("\"A\", once");
    seenText = true;
  }
  if (!seenText)
    return single.error("has no Sequence \"A\"");
  // Processors of a sequence wrap what those before them made.
  parts.prefix.insert(parts.prefix.begin(), before.begin(), before.end());
  parts.suffix.insert(parts.suffix.end(), after.begin(), after.end());
  return Error::success();
}

Error swage::import::importPostProcessor(const JsonNode &processor,
                                         TokenizerParts &parts) {
  if (!processor.exists())
    return Error::success();
  std::string type = typeOf(processor);
  if (type == "ByteLevel") // Only trims offsets.
    return Error::success();
  if (type == "TemplateProcessing")
    return importTemplate(processor, parts);
  if (type != "Sequence")
    return unsupportedType(processor, kProcessors);
  JsonNode processors = processor["processors"];
  if (Error error = processors.wantArray())
    return error;
  for (size_t i = 0; i < processors.size(); ++i)
    if (Error error = importPostProcessor(processors[i], parts))
      return error;
  return Error::success();
}

Error swage::import::checkNormalizer(const JsonNode &normalizer) {
  bool isEmpty = typeOf(normalizer) == "Sequence" &&
                 normalizer["normalizers"].isArray() &&
                 normalizer["normalizers"].size() == 0;
  if (!normalizer.exists() || isEmpty)
    return Error::success();
  return unsupportedType(normalizer, "null");
}

Error swage::import::checkDecoder(const JsonNode &decoder) {
  if (typeOf(decoder) == "ByteLevel")
    return Error::success();
  JsonNode decoders = decoder["decoders"];
  if (typeOf(decoder) == "Sequence" && decoders.size() == 1)
    return checkDecoder(decoders[size_t(0)]);
  return unsupportedType(decoder, "ByteLevel");
}
