//===- PreTokenizer.h - Cutting text into the model's pieces --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_PRETOKENIZER_H
#define SWAGE_TEXT_PRETOKENIZER_H

#include "PieceModel.h"
#include "Regex.h"

namespace swage::text {

/// The most steps that a table may have.
constexpr size_t kMaximumSteps = 16;

/// What one thread needs while it encodes.
struct EncodeScratch {
  explicit EncodeScratch(const swage_allocator_t &allocator)
      : allocator(allocator), bpe(allocator) {}

  swage_allocator_t allocator;
  BpeScratch bpe;
  RegexScratch regexes[kMaximumSteps];
};

/// The steps of a table, applied to text between added tokens.
class PreTokenizer {
public:
  /// Checks the steps of `model`, which outlives this, and compiles their
  /// patterns.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const RegexMemory &memory, swage_status_t *status);

  /// Cuts well-formed `text` and appends the ids of the pieces to `out`.
  /// `isStart` says that it stands at the start of the whole text.
  swage_status_code_t encode(Span text, bool isStart, const PieceModel &model,
                             const RegexMemory &memory, EncodeScratch &scratch,
                             Array<int32_t> &out, swage_status_t *status) const;

private:
  struct Step {
    Regex regex;
    bool splits = false;
    bool addPrefixSpace = false;
    bool invert = false;
    schema::text::SplitBehavior behavior =
        schema::text::SplitBehavior::Isolated;
    /// Of a Metaspace step, else empty.
    Span replacement = {nullptr, 0};
    schema::text::PrependScheme prepend = schema::text::PrependScheme::Never;
  };
  /// What an encode call hands down from step to step.
  struct Call {
    const PieceModel &model;
    const RegexMemory &memory;
    EncodeScratch &scratch;
    Array<int32_t> &out;
    swage_status_t *status;
  };

  swage_status_code_t apply(size_t index, Span text, bool isStart,
                            Call &call) const;
  swage_status_code_t checkByteLevel(const schema::text::Tokenizer &model,
                                     swage_status_t *status);
  swage_status_code_t applyMetaspace(size_t index, Span text, bool isStart,
                                     Call &call) const;

  Step steps[kMaximumSteps];
  size_t count = 0;
  /// The first step that sees bytes as characters; beyond all if there is none.
  size_t firstSpelled = SIZE_MAX;
};

/// Turns matches and gaps into pieces as `behavior` says; empty ranges are
/// kept.
void mergeRanges(Array<Range> &ranges, schema::text::SplitBehavior behavior);

} // namespace swage::text

#endif // SWAGE_TEXT_PRETOKENIZER_H
