//===- TokenPrefixes.h - Which tokens a text starts with ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_TOKENPREFIXES_H
#define SWAGE_TEXT_TOKENPREFIXES_H

#include "Vocabulary.h"
#include <algorithm>

namespace swage::text {

/// Tokens in the order of their bytes, so that all that a text starts with can
/// be found in one go.
class TokenPrefixes {
public:
  explicit TokenPrefixes(const swage_allocator_t &allocator)
      : sorted(allocator) {}

  /// Takes the tokens of `vocabulary`, which outlives this, that have `flag`;
  /// false if memory is exhausted.
  [[nodiscard]] bool create(const Vocabulary &vocabulary,
                            schema::text::TokenFlag flag);

  bool empty() const { return sorted.empty(); }

  /// Calls `visit` with size and id of each token that `text`, which is not
  /// empty, starts with, the shortest first.
  template <typename Visit> void visit(Span text, Visit visit) const {
    // Narrows the sorted tokens byte by byte to those that the text starts
    // with; the shortest of those left comes first.
    auto first = static_cast<unsigned char>(text.data[0]);
    const int32_t *low = sorted.data() + firstOf[first];
    const int32_t *high = sorted.data() + firstOf[first + 1];
    for (size_t depth = 0; low != high; ++depth) {
      if (vocabulary->bytes(size_t(*low)).size == depth + 1) {
        visit(depth + 1, *low);
        ++low;
      }
      if (depth + 1 == text.size)
        break;
      auto wanted = static_cast<unsigned char>(text.data[depth + 1]);
      auto byteOf = [&](int32_t id) {
        return static_cast<unsigned char>(
            vocabulary->bytes(size_t(id)).data[depth + 1]);
      };
      low = std::lower_bound(
          low, high, wanted,
          [&](int32_t id, unsigned char byte) { return byteOf(id) < byte; });
      high = std::upper_bound(
          low, high, wanted,
          [&](unsigned char byte, int32_t id) { return byte < byteOf(id); });
    }
  }

  /// The size of the longest token that `text` starts with, or 0.
  size_t longest(Span text) const {
    size_t size = 0;
    if (!empty())
      visit(text, [&](size_t found, int32_t) { size = found; });
    return size;
  }

private:
  const Vocabulary *vocabulary = nullptr;
  Array<int32_t> sorted;
  /// Where the tokens that start with a byte begin in `sorted`.
  uint32_t firstOf[257] = {};
};

} // namespace swage::text

#endif // SWAGE_TEXT_TOKENPREFIXES_H
