//===- Charsmap.h - SentencePiece's rules for rewriting text --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_CHARSMAP_H
#define SWAGE_TEXT_CHARSMAP_H

#include "Utf8.h"
#include "tokenizer_generated.h"

namespace swage::text {

/// A view of the table's trie and replacements, checked once, so that no text
/// can lead outside of them.
///
/// The trie is Darts-clone's: a unit's children are found at the exclusive or
/// of its base and their byte; bits 0 to 7 repeat that byte, bit 8 says that a
/// rule ends here, and bits 9 to 30 hold the way to the base. The unit at the
/// base itself then has bit 31 set and holds the place of the replacement.
class Charsmap {
public:
  /// What a rule that applies does: so many bytes become this.
  struct Match {
    size_t size = 0;
    Span replacement = {nullptr, 0};
  };

  /// Checks `map`, which outlives this. `index` is the normalizer step that it
  /// belongs to, for the message.
  swage_status_code_t create(const schema::text::Charsmap &map, unsigned index,
                             swage_status_t *status);

  /// The shortest or longest rule that `text` starts with; of size 0 if none.
  Match shortest(Span text) const { return find(text, true); }
  Match longest(Span text) const { return find(text, false); }

private:
  Match find(Span text, bool takeFirst) const;

  const flatbuffers::Vector<uint32_t> *trie = nullptr;
  const char *replacements = nullptr;
};

/// Appends `text`, which is well-formed, as Hugging Face's `Precompiled`
/// rewrites it; false if memory is exhausted.
[[nodiscard]] bool appendPrecompiled(Span text, const Charsmap &map,
                                     Array<char> &out);

} // namespace swage::text

#endif // SWAGE_TEXT_CHARSMAP_H
