//===- Normalizer.h - Changing text before it is split --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_NORMALIZER_H
#define SWAGE_TEXT_NORMALIZER_H

#include "Regex.h"
#include "tokenizer_generated.h"

namespace swage::text {

/// The most normalizer steps that a table may have.
constexpr size_t kMaximumNormalizers = 16;

/// The normalizer steps of a table.
class Normalizer {
public:
  /// Checks the steps of `model`, which outlives this, and compiles their
  /// patterns.
  swage_status_code_t create(const schema::text::Tokenizer &model,
                             const RegexMemory &memory, swage_status_t *status);

  bool empty() const { return count == 0; }

  /// Makes `text`, which is well-formed, normalized.
  swage_status_code_t apply(Array<char> &text, const RegexMemory &memory,
                            swage_status_t *status) const;

private:
  struct Step {
    schema::text::NormalizerStep type = schema::text::NormalizerStep::NONE;
    const void *table = nullptr;
    Regex regex;
  };

  swage_status_code_t applyStep(const Step &step, Span text, Array<char> &out,
                                const RegexMemory &memory,
                                swage_status_t *status) const;

  Step steps[kMaximumNormalizers];
  size_t count = 0;
};

} // namespace swage::text

#endif // SWAGE_TEXT_NORMALIZER_H
