//===- Normalizer.h - Changing text before it is split --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_NORMALIZER_H
#define SWAGE_TEXT_NORMALIZER_H

#include "Charsmap.h"
#include "Regex.h"
#include "TokenPrefixes.h"
#include "tokenizer_generated.h"

namespace swage::text {

/// The most normalizer steps that a table may have.
constexpr size_t kMaximumNormalizers = 16;

/// The normalizer steps of a table.
class Normalizer {
public:
  explicit Normalizer(const swage_allocator_t &allocator)
      : userDefined(allocator) {}

  /// Checks the steps of `model`, which outlives this as `vocabulary` does, and
  /// compiles their patterns.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const Vocabulary &vocabulary,
                             const RegexMemory &memory, swage_status_t *status);

  bool empty() const { return count == 0; }

  /// Makes `text`, which is well-formed, normalized. `isStart` says that it
  /// stands at the start of the whole text.
  swage_status_code_t apply(Array<char> &text, bool isStart,
                            const RegexMemory &memory,
                            swage_status_t *status) const;

private:
  struct Step {
    schema::text::NormalizerStep type = schema::text::NormalizerStep::NONE;
    const void *table = nullptr;
    Regex regex;
    Charsmap charsmap;
  };

  swage_status_code_t applyStep(const Step &step, Span text, bool isStart,
                                Array<char> &out, const RegexMemory &memory,
                                swage_status_t *status) const;

  Step steps[kMaximumNormalizers];
  size_t count = 0;
  /// What a SentencePiece step does not rewrite.
  TokenPrefixes userDefined;
};

} // namespace swage::text

#endif // SWAGE_TEXT_NORMALIZER_H
