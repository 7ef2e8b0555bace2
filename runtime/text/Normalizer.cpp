//===- Normalizer.cpp - Changing text before it is split ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Normalizer.h"
#include "SentencePieceNormalizer.h"
#include "Unicode.h"

using namespace swage::text;
namespace table = swage::schema::text;
using table::NormalizerStep;

/// Positions in a text are 31 bits.
static constexpr size_t kMaximumNormalized = size_t(1) << 30;

static Span spanOf(const flatbuffers::String *text) {
  return {text->c_str(), text->size()};
}

swage_status_code_t Normalizer::create(const table::Tokenizer &model,
                                       const Vocabulary &vocabulary,
                                       const RegexMemory &memory,
                                       swage_status_t *status) {
  auto *types = model.normalizer_type();
  auto *tables = model.normalizer();
  size_t number = tables ? tables->size() : 0;
  if ((types ? types->size() : 0) != number)
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: normalizer steps and their types differ in number");
  if (number > kMaximumNormalizers)
    return fail(status, SWAGE_UNSUPPORTED,
                "tokenizer: %zu normalizer steps, supported are %zu", number,
                kMaximumNormalizers);
  for (uint32_t i = 0; i < number; ++i) {
    Step &step = steps[i];
    step.type = types->Get(i);
    step.table = tables->Get(i);
    if (step.type == NormalizerStep::NONE || step.type > NormalizerStep::MAX ||
        !step.table)
      return fail(status, SWAGE_UNSUPPORTED,
                  "tokenizer: normalizer step %u has the unknown type %u", i,
                  unsigned(step.type));
    if (step.type == NormalizerStep::UnicodeForm) {
      auto form = tables->GetAs<table::UnicodeFormStep>(i)->form();
      if (form > table::UnicodeForm::MAX)
        return fail(status, SWAGE_UNSUPPORTED,
                    "tokenizer: normalizer step %u has the unknown form %u", i,
                    unsigned(form));
    }
    const table::Charsmap *charsmap = nullptr;
    if (step.type == NormalizerStep::Precompiled)
      charsmap = tables->GetAs<table::PrecompiledStep>(i)->charsmap();
    if (step.type == NormalizerStep::SentencePiece) {
      const auto *sentencePiece = tables->GetAs<table::SentencePieceStep>(i);
      charsmap = sentencePiece->charsmap();
      if (sentencePiece->prefix() > table::PrependScheme::MAX)
        return fail(status, SWAGE_UNSUPPORTED,
                    "tokenizer: normalizer step %u has the unknown prefix "
                    "scheme %u",
                    i, unsigned(sentencePiece->prefix()));
      if (userDefined.empty() &&
          !userDefined.create(vocabulary, table::TokenFlag::UserDefined))
        return outOfMemory(status);
    }
    if (charsmap)
      if (swage_status_code_t code = step.charsmap.create(*charsmap, i, status))
        return code;
    const flatbuffers::String *texts[2] = {nullptr, nullptr};
    if (step.type == NormalizerStep::Prepend)
      texts[0] = tables->GetAs<table::PrependStep>(i)->text();
    if (step.type == NormalizerStep::Replace) {
      texts[0] = tables->GetAs<table::ReplaceStep>(i)->pattern();
      texts[1] = tables->GetAs<table::ReplaceStep>(i)->content();
    }
    for (const flatbuffers::String *text : texts)
      if (text && !isWellFormed(spanOf(text)))
        return fail(status, SWAGE_DATA_LOSS,
                    "tokenizer: text of normalizer step %u is not UTF-8", i);
    if (step.type == NormalizerStep::Replace)
      if (swage_status_code_t code =
              step.regex.compile(spanOf(texts[0]), memory, i, status))
        return code;
  }
  count = number;
  return SWAGE_OK;
}

/// Appends what `change`, a function of (code point, bytes, out), makes of each
/// character.
template <typename Change>
static bool changeEach(Span text, Array<char> &out, Change change) {
  for (size_t at = 0; at < text.size;) {
    Utf8Unit unit = nextUnit({text.data + at, text.size - at});
    if (!change(unit.codePoint, Span{text.data + at, unit.length}, out))
      return false;
    at += unit.length;
  }
  return true;
}

static bool stripWhiteSpace(Span text, const table::StripStep &step,
                            Array<char> &out) {
  size_t begin = 0, end = text.size;
  while (step.left() && begin < end) {
    Utf8Unit unit = nextUnit({text.data + begin, end - begin});
    if (!isWhiteSpace(unit.codePoint))
      break;
    begin += unit.length;
  }
  while (step.right() && end > begin) {
    size_t at = previousCharacter(text, end);
    if (!isWhiteSpace(nextUnit({text.data + at, end - at}).codePoint))
      break;
    end = at;
  }
  return out.append(text.data + begin, end - begin);
}

static bool applyBert(Span text, const table::BertStep &step,
                      Array<char> &out) {
  Array<char> clean(out.memory());
  bool done = changeEach(
      text, clean, [&](uint32_t codePoint, Span bytes, Array<char> &to) {
        if (step.clean_text()) {
          if (codePoint == 0xFFFD || isBertControl(codePoint))
            return true;
          if (isWhiteSpace(codePoint))
            return to.append(' ');
        }
        if (!step.handle_chinese_chars() || !isBertChinese(codePoint))
          return to.append(bytes.data, bytes.size);
        return to.append(' ') && to.append(bytes.data, bytes.size) &&
               to.append(' ');
      });
  if (!done)
    return false;
  Array<char> decomposed(out.memory());
  Span current = {clean.data(), clean.size()};
  if (step.strip_accents()) {
    if (!appendNormalized(current, Form::NFD, decomposed))
      return false;
    current = {decomposed.data(), decomposed.size()};
  }
  return changeEach(
      current, out, [&](uint32_t codePoint, Span bytes, Array<char> &to) {
        if (step.strip_accents() && isNonspacingMark(codePoint))
          return true;
        return step.lowercase() ? appendLowercase(codePoint, to)
                                : to.append(bytes.data, bytes.size);
      });
}

swage_status_code_t Normalizer::applyStep(const Step &step, Span text,
                                          bool isStart, Array<char> &out,
                                          const RegexMemory &memory,
                                          swage_status_t *status) const {
  bool done = false;
  switch (step.type) {
  case NormalizerStep::Prepend: {
    Span prefix =
        spanOf(static_cast<const table::PrependStep *>(step.table)->text());
    done = out.append(prefix.data, prefix.size) &&
           out.append(text.data, text.size);
    break;
  }
  case NormalizerStep::Replace: {
    Span content =
        spanOf(static_cast<const table::ReplaceStep *>(step.table)->content());
    Array<Range> ranges(out.memory());
    RegexScratch scratch;
    if (swage_status_code_t code =
            step.regex.split(text, memory, scratch, ranges, status))
      return code;
    done = true;
    for (const Range &range : ranges)
      done = done && (range.matched ? out.append(content.data, content.size)
                                    : out.append(text.data + range.begin,
                                                 range.end - range.begin));
    break;
  }
  case NormalizerStep::UnicodeForm:
    switch (static_cast<const table::UnicodeFormStep *>(step.table)->form()) {
    case table::UnicodeForm::NFC:
      done = appendNormalized(text, Form::NFC, out);
      break;
    case table::UnicodeForm::NFD:
      done = appendNormalized(text, Form::NFD, out);
      break;
    case table::UnicodeForm::NFKC:
      done = appendNormalized(text, Form::NFKC, out);
      break;
    case table::UnicodeForm::NFKD:
      done = appendNormalized(text, Form::NFKD, out);
      break;
    case table::UnicodeForm::FirstOfNFD:
      done = appendFirstOfNfd(text, out);
      break;
    }
    break;
  case NormalizerStep::Lowercase:
    done = changeEach(text, out, [](uint32_t codePoint, Span, Array<char> &to) {
      return appendLowercase(codePoint, to);
    });
    break;
  case NormalizerStep::StripAccents:
    done = changeEach(
        text, out, [](uint32_t codePoint, Span bytes, Array<char> &to) {
          return isMark(codePoint) || to.append(bytes.data, bytes.size);
        });
    break;
  case NormalizerStep::Strip:
    done = stripWhiteSpace(
        text, *static_cast<const table::StripStep *>(step.table), out);
    break;
  case NormalizerStep::Bert:
    done =
        applyBert(text, *static_cast<const table::BertStep *>(step.table), out);
    break;
  case NormalizerStep::Precompiled:
    done = appendPrecompiled(text, step.charsmap, out);
    break;
  case NormalizerStep::SentencePiece:
    done = appendSentencePiece(
        text, *static_cast<const table::SentencePieceStep *>(step.table),
        step.charsmap, userDefined, isStart, out);
    break;
  case NormalizerStep::NONE:
    break;
  }
  return done ? SWAGE_OK : outOfMemory(status);
}

swage_status_code_t Normalizer::apply(Array<char> &text, bool isStart,
                                      const RegexMemory &memory,
                                      swage_status_t *status) const {
  Array<char> next(text.memory());
  for (size_t i = 0; i < count && !text.empty(); ++i) {
    next.clear();
    if (swage_status_code_t code =
            applyStep(steps[i], {text.data(), text.size()}, isStart, next,
                      memory, status))
      return code;
    if (next.size() > kMaximumNormalized)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "text has %zu bytes when normalized, want at most %zu",
                  next.size(), kMaximumNormalized);
    text.clear();
    if (!text.append(next.data(), next.size()))
      return outOfMemory(status);
  }
  return SWAGE_OK;
}
