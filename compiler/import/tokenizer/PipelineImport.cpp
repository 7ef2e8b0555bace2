//===- PipelineImport.cpp - What happens around the model -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pre-tokenizer and post-processor of tokenizer.json.
//
//===----------------------------------------------------------------------===//

#include "PatternTranslation.h"
#include "TokenizerParts.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace swage::import;
using swage::schema::text::ModelKind;
using swage::schema::text::PrependScheme;
using swage::schema::text::PreTokenizerStep;
using swage::schema::text::SplitBehavior;

static constexpr char kSteps[] =
    "null, ByteLevel once and no Metaspace behind it, Metaspace, Split, "
    "Digits, "
    "Whitespace, WhitespaceSplit, Punctuation, BertPreTokenizer, and a "
    "Sequence of these";
static constexpr char kProcessors[] =
    "null, ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing, "
    "and a Sequence of these";
/// A run of white space; what is not a word's character; and punctuation, which
/// to BERT is all that ASCII has beside letters, digits and control characters.
static constexpr char kSpaces[] = "\\p{White_Space}+";
static constexpr char kWords[] =
    "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}]+|"
    "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}\\p{White_Space}]+";
static constexpr char kPunctuation[] = "[!-/:-@\\[-`{-~\\p{P}]";

std::string swage::import::typeOf(const JsonNode &component) {
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

Expected<std::string> swage::import::importPattern(const JsonNode &node) {
  JsonNode pattern = node["pattern"];
  if (Error error = pattern.onlyKeys({"Regex", "String"}))
    return std::move(error);
  if (pattern["String"].exists()) {
    auto literal = pattern["String"].string();
    if (!literal)
      return literal.takeError();
    return quotePattern(*literal);
  }
  auto regex = pattern["Regex"].string();
  if (!regex)
    return regex.takeError();
  auto translated = translatePattern(*regex);
  if (!translated)
    return pattern["Regex"].error(toString(translated.takeError()));
  return *translated;
}

static Expected<SplitBehavior> importBehavior(const JsonNode &name) {
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
  return *known;
}

static Expected<StepParts> importSplit(const JsonNode &node) {
  if (Error error = node.onlyKeys({"type", "pattern", "behavior", "invert"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Split;
  auto pattern = importPattern(node);
  if (!pattern)
    return pattern.takeError();
  step.pattern = *pattern;
  auto behavior = importBehavior(node["behavior"]);
  if (!behavior)
    return behavior.takeError();
  step.behavior = *behavior;
  auto invert = node["invert"].boolean(false);
  if (!invert)
    return invert.takeError();
  step.invert = *invert;
  return step;
}

static Expected<StepParts> importPunctuation(const JsonNode &node) {
  if (Error error = node.onlyKeys({"type", "behavior"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Split;
  step.pattern = kPunctuation;
  if (node["behavior"].exists()) {
    auto behavior = importBehavior(node["behavior"]);
    if (!behavior)
      return behavior.takeError();
    step.behavior = *behavior;
  }
  return step;
}

/// A pre-tokenizer without options that splits at a pattern. What is removed is
/// what `pattern` matches or, if `invert`, what it does not.
static Expected<StepParts> importFixed(const JsonNode &node, StringRef pattern,
                                       bool invert) {
  if (Error error = node.onlyKeys({"type"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Split;
  step.pattern = pattern.str();
  step.behavior = SplitBehavior::Removed;
  step.invert = invert;
  return step;
}

static Expected<StepParts> importMetaspace(const JsonNode &node) {
  // `str_rep` repeats `replacement` in older files.
  if (Error error = node.onlyKeys({"type", "replacement", "str_rep", "split",
                                   "add_prefix_space", "prepend_scheme"}))
    return std::move(error);
  StepParts step;
  step.kind = PreTokenizerStep::Metaspace;
  auto replacement = node["replacement"].string();
  if (!replacement)
    return replacement.takeError();
  if (replacement->empty())
    return node["replacement"].error("is empty");
  step.replacement = *replacement;
  auto split = node["split"].boolean(true);
  if (!split)
    return split.takeError();
  step.split = *split;
  auto prefix = node["add_prefix_space"].boolean(true);
  if (!prefix)
    return prefix.takeError();
  if (!*prefix)
    step.prependScheme = PrependScheme::Never;
  JsonNode name = node["prepend_scheme"];
  if (!name.exists())
    return step;
  auto scheme = name.string();
  if (!scheme)
    return scheme.takeError();
  auto known = StringSwitch<std::optional<PrependScheme>>(*scheme)
                   .Case("always", PrependScheme::Always)
                   .Case("first", PrependScheme::First)
                   .Case("never", PrependScheme::Never)
                   .Default(std::nullopt);
  if (!known)
    return name.unexpected("always, first or never");
  if (!*prefix && *known != PrependScheme::Never)
    return name.unexpected("never, as add_prefix_space is false");
  step.prependScheme = *known;
  return step;
}

/// One step, or those of a Sequence.
static Error importStep(const JsonNode &node, TokenizerParts &parts) {
  std::string type = typeOf(node);
  if (type == "Sequence") {
    if (Error error = node.onlyKeys({"type", "pretokenizers"}))
      return error;
    JsonNode steps = node["pretokenizers"];
    if (Error error = steps.wantArray())
      return error;
    for (size_t i = 0; i < steps.size(); ++i)
      if (Error error = importStep(steps[i], parts))
        return error;
    return Error::success();
  }
  bool isByteLevel = parts.model.kind == ModelKind::ByteLevelBpe;
  if (isByteLevel && (type == "ByteLevel" || type == "Metaspace"))
    return unsupportedType(node, kSteps);
  if (type == "BertPreTokenizer") {
    auto words = importFixed(node, kSpaces, /*invert=*/false);
    if (!words)
      return words.takeError();
    parts.steps.push_back(*words);
    words->pattern = kPunctuation;
    words->behavior = SplitBehavior::Isolated;
    parts.steps.push_back(*words);
    return Error::success();
  }
  Expected<StepParts> step =
      type == "ByteLevel"     ? importByteLevel(node)
      : type == "Split"       ? importSplit(node)
      : type == "Digits"      ? importDigits(node)
      : type == "Metaspace"   ? importMetaspace(node)
      : type == "Punctuation" ? importPunctuation(node)
      : type == "Whitespace"  ? importFixed(node, kWords, true)
      : type == "WhitespaceSplit"
          ? importFixed(node, kSpaces, false)
          : Expected<StepParts>(unsupportedType(node, kSteps));
  if (!step)
    return step.takeError();
  if (type == "ByteLevel")
    parts.model.kind = ModelKind::ByteLevelBpe;
  parts.steps.push_back(*step);
  return Error::success();
}

Error swage::import::importPreTokenizer(const JsonNode &step,
                                        TokenizerParts &parts) {
  parts.model.kind = ModelKind::CharacterBpe;
  return step.exists() ? importStep(step, parts) : Error::success();
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

/// BERT's and RoBERTa's processors: one token before the text, one after it.
static Error importPair(const JsonNode &node, TokenizerParts &parts) {
  if (Error error = node.onlyKeys(
          {"type", "sep", "cls", "trim_offsets", "add_prefix_space"}))
    return error;
  for (auto [key, ids] :
       {std::pair("cls", &parts.prefix), std::pair("sep", &parts.suffix)}) {
    JsonNode token = node[key];
    auto id = token[size_t(1)].id();
    if (!id)
      return id.takeError();
    if (*id >= parts.vocabularySize())
      return token.error("id " + Twine(*id) + " is outside the vocabulary of " +
                         Twine(parts.vocabularySize()));
    ids->insert(key == StringRef("cls") ? ids->begin() : ids->end(), *id);
  }
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
  if (type == "BertProcessing" || type == "RobertaProcessing")
    return importPair(processor, parts);
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
