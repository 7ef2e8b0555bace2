//===- Calls.h - Calls of sessions that goldens and tools make ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_GOLDEN_CALLS_H
#define SWAGE_COMPILER_GOLDEN_CALLS_H

#include "swage/swage.hpp"
#include "llvm/ADT/ArrayRef.h"
#include <string>
#include <vector>

namespace swage::golden {

/// Memory for all that an encoder's entry point computes.
class Encoded {
public:
  struct Result {
    std::string name;
    bool perText;
    size_t columns;
    std::vector<float> values; ///< a row for each text, or for each token
  };

  /// For texts of so many tokens in all.
  Encoded(const Session &session, size_t texts, size_t tokens, Status &status);
  Encoded(Encoded &&) = default;

  /// Where a call puts the results.
  llvm::ArrayRef<Output> outputs() const { return places; }

  std::vector<Result> results;

private:
  std::vector<Output> places;
};

/// Encodes one text.
Encoded encodeText(Session &session, llvm::ArrayRef<int32_t> tokens,
                   Status &status);

/// Appends tokens to a sequence and gives the logits of those that `rows`
/// counts, from 0; they may be none.
Logits forwardRows(Session &session, Sequence sequence,
                   llvm::ArrayRef<int32_t> tokens, llvm::ArrayRef<int32_t> rows,
                   Status &status);

/// The same with all logits.
Logits forwardAll(Session &session, Sequence sequence,
                  llvm::ArrayRef<int32_t> tokens, Status &status);

} // namespace swage::golden

#endif // SWAGE_COMPILER_GOLDEN_CALLS_H
