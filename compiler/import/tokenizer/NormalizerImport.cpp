//===- NormalizerImport.cpp - What happens to text first, and back last ---===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Normalizer and decoder of tokenizer.json.
//
//===----------------------------------------------------------------------===//

#include "TokenizerParts.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace swage::import;
using swage::schema::text::ModelKind;
using swage::schema::text::NormalizerStep;
using swage::schema::text::UnicodeForm;

static constexpr char kNormalizers[] =
    "null, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, "
    "Strip, BertNormalizer, Precompiled, and a Sequence of these";
static constexpr char kDecoders[] =
    "Replace, Metaspace or WordPiece, then ByteFallback, Fuse and Strip in "
    "this order, each at most once";

/// Reads `key` of `node` into `flag`, which holds the default.
static Error readFlag(const JsonNode &node, StringRef key, bool &flag) {
  auto value = node[key].boolean(flag);
  if (!value)
    return value.takeError();
  flag = *value;
  return Error::success();
}

static Error readText(const JsonNode &node, StringRef key, std::string &out) {
  auto value = node[key].string();
  if (!value)
    return value.takeError();
  out = *value;
  return Error::success();
}

static Error importBert(const JsonNode &node, NormalizerParts &step) {
  if (Error error = node.onlyKeys({"type", "clean_text", "lowercase",
                                   "handle_chinese_chars", "strip_accents"}))
    return error;
  step.kind = NormalizerStep::Bert;
  step.cleanText = step.handleChineseChars = step.lowercase = true;
  if (Error error = readFlag(node, "clean_text", step.cleanText))
    return error;
  if (Error error =
          readFlag(node, "handle_chinese_chars", step.handleChineseChars))
    return error;
  if (Error error = readFlag(node, "lowercase", step.lowercase))
    return error;
  step.stripAccents = step.lowercase;
  return readFlag(node, "strip_accents", step.stripAccents);
}

static Error importStep(const JsonNode &node, StringRef type,
                        NormalizerParts &step) {
  if (type == "BertNormalizer")
    return importBert(node, step);
  if (type == "Precompiled")
    return importPrecompiled(node, step);
  if (type == "Prepend") {
    step.kind = NormalizerStep::Prepend;
    if (Error error = node.onlyKeys({"type", "prepend"}))
      return error;
    return readText(node, "prepend", step.text);
  }
  if (type == "Replace") {
    step.kind = NormalizerStep::Replace;
    if (Error error = node.onlyKeys({"type", "pattern", "content"}))
      return error;
    auto pattern = importPattern(node);
    if (!pattern)
      return pattern.takeError();
    step.text = *pattern;
    return readText(node, "content", step.content);
  }
  if (type == "Strip") {
    step.kind = NormalizerStep::Strip;
    step.left = step.right = true;
    if (Error error = node.onlyKeys({"type", "strip_left", "strip_right"}))
      return error;
    if (Error error = readFlag(node, "strip_left", step.left))
      return error;
    return readFlag(node, "strip_right", step.right);
  }
  if (Error error = node.onlyKeys({"type"}))
    return error;
  if (type == "Lowercase" || type == "StripAccents") {
    step.kind = type == "Lowercase" ? NormalizerStep::Lowercase
                                    : NormalizerStep::StripAccents;
    return Error::success();
  }
  auto form = StringSwitch<std::optional<UnicodeForm>>(type)
                  .Case("NFC", UnicodeForm::NFC)
                  .Case("NFD", UnicodeForm::NFD)
                  .Case("NFKC", UnicodeForm::NFKC)
                  .Case("NFKD", UnicodeForm::NFKD)
                  .Default(std::nullopt);
  if (!form)
    return unsupportedType(node, kNormalizers);
  step.kind = NormalizerStep::UnicodeForm;
  step.form = *form;
  return Error::success();
}

Error swage::import::importNormalizer(const JsonNode &normalizer,
                                      TokenizerParts &parts) {
  if (!normalizer.exists())
    return Error::success();
  std::string type = typeOf(normalizer);
  if (type == "Sequence") {
    if (Error error = normalizer.onlyKeys({"type", "normalizers"}))
      return error;
    JsonNode steps = normalizer["normalizers"];
    if (Error error = steps.wantArray())
      return error;
    for (size_t i = 0; i < steps.size(); ++i)
      if (Error error = importNormalizer(steps[i], parts))
        return error;
    return Error::success();
  }
  if (!StringSwitch<bool>(type)
           .Cases({"Prepend", "Replace", "NFC", "NFD", "NFKC", "NFKD"}, true)
           .Cases({"Lowercase", "StripAccents", "Strip", "BertNormalizer",
                   "Precompiled"},
                  true)
           .Default(false))
    return unsupportedType(normalizer, kNormalizers);
  NormalizerParts step;
  if (Error error = importStep(normalizer, type, step))
    return error;
  parts.normalizers.push_back(std::move(step));
  return Error::success();
}

/// Where a decoder stands among the others; none if it is unknown.
static std::optional<unsigned> rankOf(StringRef type) {
  return StringSwitch<std::optional<unsigned>>(type)
      .Cases({"Replace", "Metaspace", "WordPiece"}, 0)
      .Case("ByteFallback", 1)
      .Case("Fuse", 2)
      .Case("Strip", 3)
      .Default(std::nullopt);
}

static Error importStrip(const JsonNode &node, DecoderParts &decoder) {
  if (Error error = node.onlyKeys({"type", "content", "start", "stop"}))
    return error;
  JsonNode content = node["content"];
  if (!content.isString() || content.raw() != " ")
    return content.unexpected("\" \"");
  auto start = node["start"].id();
  if (!start)
    return start.takeError();
  JsonNode stop = node["stop"];
  if (!stop.exists() || stop.raw() != 0)
    return stop.unexpected("0, as the end is not known while text streams");
  decoder.stripStart = *start;
  return Error::success();
}

static Error importMetaspace(const JsonNode &node, DecoderParts &decoder) {
  if (Error error = node.onlyKeys({"type", "replacement", "str_rep", "split",
                                   "add_prefix_space", "prepend_scheme"}))
    return error;
  JsonNode scheme = node["prepend_scheme"];
  bool prefix = true;
  if (Error error = readFlag(node, "add_prefix_space", prefix))
    return error;
  decoder.dropsFirstSpaces =
      prefix && !(scheme.isString() && scheme.raw() == "never");
  return readText(node, "replacement", decoder.space);
}

static Error importReplace(const JsonNode &node, DecoderParts &decoder) {
  if (Error error = node.onlyKeys({"type", "pattern", "content"}))
    return error;
  JsonNode content = node["content"];
  if (!content.isString() || content.raw() != " ")
    return content.unexpected("\" \"");
  return readText(node["pattern"], "String", decoder.space);
}

static Error importWordPiece(const JsonNode &node, DecoderParts &decoder) {
  if (Error error = node.onlyKeys({"type", "prefix", "cleanup"}))
    return error;
  decoder.cleansUp = true;
  if (Error error = readFlag(node, "cleanup", decoder.cleansUp))
    return error;
  if (Error error = readText(node, "prefix", decoder.continuingPrefix))
    return error;
  return decoder.continuingPrefix.empty() ? node["prefix"].error("is empty")
                                          : Error::success();
}

Error swage::import::importDecoder(const JsonNode &decoder,
                                   TokenizerParts &parts) {
  std::vector<JsonNode> steps = {decoder};
  if (typeOf(decoder) == "Sequence") {
    JsonNode decoders = decoder["decoders"];
    if (Error error = decoders.wantArray())
      return error;
    steps.clear();
    for (size_t i = 0; i < decoders.size(); ++i)
      steps.push_back(decoders[i]);
  }
  if (parts.model.kind == ModelKind::ByteLevelBpe) {
    if (steps.size() == 1 && typeOf(steps[0]) == "ByteLevel")
      return Error::success();
    return unsupportedType(decoder, "ByteLevel, as the pre-tokenizer is");
  }
  unsigned next = 0;
  bool fused = false;
  for (const JsonNode &step : steps) {
    std::string type = typeOf(step);
    std::optional<unsigned> rank = rankOf(type);
    if (!rank || *rank < next || (type == "Strip" && !fused))
      return unsupportedType(step, kDecoders);
    next = *rank + 1;
    Error error = Error::success();
    if (type == "ByteFallback")
      parts.decoder.byteFallback = true;
    else if (type == "Fuse")
      fused = true;
    else if (type == "Strip")
      error = importStrip(step, parts.decoder);
    else if (type == "Metaspace")
      error = importMetaspace(step, parts.decoder);
    else if (type == "Replace")
      error = importReplace(step, parts.decoder);
    else
      error = importWordPiece(step, parts.decoder);
    if (error)
      return error;
  }
  return Error::success();
}
