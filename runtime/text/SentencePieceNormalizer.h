//===- SentencePieceNormalizer.h - SentencePiece's own normalizer ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEXT_SENTENCEPIECENORMALIZER_H
#define SWAGE_TEXT_SENTENCEPIECENORMALIZER_H

#include "Charsmap.h"
#include "TokenPrefixes.h"

namespace swage::text {

/// Appends `text`, which is well-formed, as `step` rewrites it. `map` holds the
/// step's charsmap if it has one; `keep` the tokens that are not rewritten.
/// `isStart` says that the text stands at the start of the whole text. False if
/// memory is exhausted.
[[nodiscard]] bool
appendSentencePiece(Span text, const schema::text::SentencePieceStep &step,
                    const Charsmap &map, const TokenPrefixes &keep,
                    bool isStart, Array<char> &out);

} // namespace swage::text

#endif // SWAGE_TEXT_SENTENCEPIECENORMALIZER_H
