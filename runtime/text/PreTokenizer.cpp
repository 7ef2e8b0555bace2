//===- PreTokenizer.cpp - Cutting text into the model's pieces ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PreTokenizer.h"
#include "Unicode.h"

using namespace swage::text;
using swage::schema::text::SplitBehavior;
using StepType = swage::schema::text::PreTokenizerStep;

/// GPT-2's pattern. `\s` of PCRE2 also takes U+180E, which is not white space.
static constexpr char kGpt2[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
    " ?[^\\p{White_Space}\\p{L}\\p{N}]+|\\p{White_Space}+(?!\\P{White_Space})|"
    "\\p{White_Space}+";
static constexpr char kDigits[] = "\\p{N}";

/// GPT-2's alphabet: printable characters of Latin-1 stand for themselves,
/// those from U+0100 on for the other bytes in their order.
static uint32_t spellByte(unsigned char byte) {
  return byte <= 0x20                   ? 0x100u + byte
         : byte >= 0x7F && byte <= 0xA0 ? 0x121u + (byte - 0x7F)
         : byte == 0xAD                 ? 0x143u
                                        : byte;
}
static char byteOfSpelled(uint32_t character) {
  return char(character < 0x100    ? character
              : character <= 0x120 ? character - 0x100
              : character <= 0x142 ? character - 0x121 + 0x7F
                                   : 0xAD);
}

/// Checks where the byte-level step is, and what is behind it.
swage_status_code_t
PreTokenizer::checkByteLevel(const schema::text::Tokenizer &model,
                             swage_status_t *status) {
  bool expected = model.model() == schema::text::ModelKind::ByteLevelBpe;
  bool found = false;
  for (uint32_t i = 0; i < count; ++i) {
    StepType type = model.pre_tokenizer_type()->Get(i);
    if (type == StepType::ByteLevel && (found || !expected))
      return fail(
          status, SWAGE_UNSUPPORTED,
          "tokenizer: pre-tokenizer step %u is byte level, supported is "
          "one such step, in byte-level models",
          i);
    if (type == StepType::Metaspace && found)
      return fail(status, SWAGE_UNSUPPORTED,
                  "tokenizer: pre-tokenizer step %u stands behind the "
                  "byte-level one, supported there are splits and digits",
                  i);
    if (found && firstSpelled > i)
      firstSpelled = i;
    found |= type == StepType::ByteLevel;
  }
  if (expected && !found)
    return fail(status, SWAGE_UNSUPPORTED,
                "tokenizer: none of %zu pre-tokenizer steps is byte level, a "
                "byte-level model needs one",
                count);
  return SWAGE_OK;
}

swage_status_code_t PreTokenizer::create(const schema::text::Tokenizer &model,
                                         const RegexMemory &memory,
                                         swage_status_t *status) {
  auto *types = model.pre_tokenizer_type();
  auto *tables = model.pre_tokenizer();
  if ((types ? types->size() : 0) != (tables ? tables->size() : 0))
    return fail(status, SWAGE_DATA_LOSS,
                "tokenizer: pre-tokenizer steps and their types differ in "
                "number");
  count = types ? types->size() : 0;
  if (count > kMaximumSteps)
    return fail(status, SWAGE_UNSUPPORTED,
                "tokenizer: %zu pre-tokenizer steps, supported are 0 to %zu",
                count, kMaximumSteps);
  if (swage_status_code_t code = checkByteLevel(model, status))
    return code;
  for (uint32_t i = 0; i < count; ++i) {
    Step &step = steps[i];
    Span pattern = {nullptr, 0};
    switch (types->Get(i)) {
    case StepType::Split: {
      auto *split = tables->GetAs<schema::text::SplitStep>(i);
      pattern = {split->pattern()->c_str(), split->pattern()->size()};
      step.invert = split->invert();
      step.behavior = split->behavior();
      break;
    }
    case StepType::Digits:
      pattern = {kDigits, sizeof(kDigits) - 1};
      if (!tables->GetAs<schema::text::DigitsStep>(i)->individual())
        step.behavior = SplitBehavior::Contiguous;
      break;
    case StepType::ByteLevel: {
      auto *bytes = tables->GetAs<schema::text::ByteLevelStep>(i);
      step.addPrefixSpace = bytes->add_prefix_space();
      if (bytes->use_regex())
        pattern = {kGpt2, sizeof(kGpt2) - 1};
      break;
    }
    case StepType::Metaspace: {
      auto *space = tables->GetAs<schema::text::MetaspaceStep>(i);
      step.replacement = {space->replacement()->c_str(),
                          space->replacement()->size()};
      step.prepend = space->prepend_scheme();
      step.splits = space->split();
      if (!step.replacement.size || !isWellFormed(step.replacement) ||
          step.prepend > schema::text::PrependScheme::MAX)
        return fail(status, SWAGE_DATA_LOSS,
                    "tokenizer: pre-tokenizer step %u has no valid replacement "
                    "or prepend scheme",
                    i);
      continue;
    }
    default:
      return fail(status, SWAGE_UNSUPPORTED,
                  "tokenizer: pre-tokenizer step %u has the unknown type %u", i,
                  unsigned(types->Get(i)));
    }
    if (step.behavior > SplitBehavior::MAX)
      return fail(
          status, SWAGE_UNSUPPORTED,
          "tokenizer: pre-tokenizer step %u has the unknown behavior %u", i,
          unsigned(step.behavior));
    step.splits = pattern.data;
    if (!step.splits)
      continue;
    if (swage_status_code_t code =
            step.regex.compile(pattern, memory, i, status))
      return code;
  }
  return SWAGE_OK;
}

swage_status_code_t
PreTokenizer::encode(Span text, bool isStart, const PieceModel &model,
                     const RegexMemory &memory, EncodeScratch &scratch,
                     Array<int32_t> &out, swage_status_t *status) const {
  Call call = {model, memory, scratch, out, status};
  return text.size ? apply(0, text, isStart, call) : SWAGE_OK;
}

swage_status_code_t PreTokenizer::applyMetaspace(size_t index, Span text,
                                                 bool isStart,
                                                 Call &call) const {
  const Step &step = steps[index];
  Span sign = step.replacement;
  auto startsWithSign = [&](size_t at) {
    return text.size - at >= sign.size &&
           std::memcmp(text.data + at, sign.data, sign.size) == 0;
  };
  // A space in front is one that has been replaced.
  bool prepends =
      step.prepend != schema::text::PrependScheme::Never &&
      (step.prepend == schema::text::PrependScheme::Always || isStart) &&
      text.data[0] != ' ' && !startsWithSign(0);
  Array<char> written(call.scratch.allocator);
  Array<Range> ranges(call.scratch.allocator);
  bool done = !prepends || written.append(sign.data, sign.size);
  for (size_t at = 0; done && at < text.size; ++at)
    done = text.data[at] == ' ' ? written.append(sign.data, sign.size)
                                : written.append(text.data[at]);
  text = {written.data(), written.size()};
  if (text.size > size_t(INT32_MAX))
    return fail(call.status, SWAGE_INVALID_ARGUMENT,
                "text has %zu bytes with its spaces written out, want at most "
                "%d",
                text.size, INT32_MAX);
  if (done && !step.splits)
    return apply(index + 1, text, isStart, call);
  uint32_t begin = 0;
  for (size_t at = 0; done && at < text.size;) {
    if (!startsWithSign(at)) {
      ++at;
      continue;
    }
    uint32_t end = uint32_t(at + sign.size);
    done = (begin == at || ranges.append({begin, uint32_t(at), false})) &&
           ranges.append({uint32_t(at), end, true});
    at = begin = end;
  }
  if (!done || (begin < text.size &&
                !ranges.append({begin, uint32_t(text.size), false})))
    return outOfMemory(call.status);
  mergeRanges(ranges, SplitBehavior::MergedWithNext);
  for (const Range &range : ranges)
    if (swage_status_code_t code =
            apply(index + 1, {text.data + range.begin, range.end - range.begin},
                  isStart && range.begin == 0, call))
      return code;
  return SWAGE_OK;
}

swage_status_code_t PreTokenizer::apply(size_t index, Span text, bool isStart,
                                        Call &call) const {
  Array<char> changed(call.scratch.allocator);
  if (index == firstSpelled) {
    for (size_t i = 0; i < text.size; ++i)
      if (!appendCharacter(spellByte(static_cast<unsigned char>(text.data[i])),
                           changed))
        return outOfMemory(call.status);
    text = {changed.data(), changed.size()};
    if (text.size > size_t(INT32_MAX))
      return fail(call.status, SWAGE_INVALID_ARGUMENT,
                  "text has %zu bytes with each spelled as a character, want "
                  "at most %d",
                  text.size, INT32_MAX);
  }
  if (index == count) {
    for (size_t at = 0; firstSpelled < count && at < text.size;) {
      Utf8Unit unit = nextUnit({text.data + at, text.size - at});
      at += unit.length;
      if (!changed.append(byteOfSpelled(unit.codePoint)))
        return outOfMemory(call.status);
    }
    if (firstSpelled < count)
      text = {changed.data(), changed.size()};
    return call.model.encode(text, call.scratch.bpe, call.out)
               ? SWAGE_OK
               : outOfMemory(call.status);
  }
  const Step &step = steps[index];
  if (step.replacement.size)
    return applyMetaspace(index, text, isStart, call);
  Array<char> prefixed(call.scratch.allocator);
  if (step.addPrefixSpace && text.data[0] != ' ') {
    if (!prefixed.reserve(text.size + 1) || !prefixed.append(' ') ||
        !prefixed.append(text.data, text.size))
      return outOfMemory(call.status);
    text = {prefixed.data(), prefixed.size()};
  }
  if (!step.splits)
    return apply(index + 1, text, isStart, call);
  Array<Range> ranges(call.scratch.allocator);
  if (swage_status_code_t code = step.regex.split(
          text, call.memory, call.scratch.regexes[index], ranges, call.status))
    return code;
  if (step.invert)
    for (Range &range : ranges)
      range.matched = !range.matched;
  mergeRanges(ranges, step.behavior);
  for (const Range &range : ranges)
    if (range.begin < range.end)
      if (swage_status_code_t code = apply(
              index + 1, {text.data + range.begin, range.end - range.begin},
              isStart && range.begin == 0, call))
        return code;
  return SWAGE_OK;
}

void swage::text::mergeRanges(Array<Range> &ranges, SplitBehavior behavior) {
  if (behavior == SplitBehavior::Isolated || ranges.empty())
    return;
  size_t kept = 0;
  if (behavior == SplitBehavior::MergedWithNext) {
    // The mirror image of MergedWithPrevious; results gather at the end.
    size_t first = ranges.size();
    bool previous = false;
    for (size_t i = ranges.size(); i-- > 0;) {
      Range range = ranges[i];
      if (range.matched && !previous && first < ranges.size())
        ranges[first].begin = range.begin;
      else
        ranges[--first] = range;
      previous = range.matched;
    }
    for (; first < ranges.size(); ++first)
      ranges[kept++] = ranges[first];
  } else {
    bool previous = false;
    for (size_t i = 0; i < ranges.size(); ++i) {
      Range range = ranges[i];
      bool joins = behavior == SplitBehavior::Contiguous
                       ? range.matched == previous
                       : range.matched && !previous;
      if (behavior == SplitBehavior::Removed) {
        if (!range.matched)
          ranges[kept++] = range;
      } else if (joins && kept) {
        ranges[kept - 1].end = range.end;
      } else {
        ranges[kept++] = range;
      }
      previous = range.matched;
    }
  }
  while (ranges.size() > kept)
    ranges.pop();
}
