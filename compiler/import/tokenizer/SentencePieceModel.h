//===- SentencePieceModel.h - What a tokenizer.model says -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_TOKENIZER_SENTENCEPIECEMODEL_H
#define SWAGE_COMPILER_IMPORT_TOKENIZER_SENTENCEPIECEMODEL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace swage::import {

/// The fields of SentencePiece's ModelProto that matter for text to ids and
/// back, with its defaults.
struct SentencePieceModel {
  enum class PieceType {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
  };
  enum class Kind { Unigram = 1, Bpe = 2 };

  struct Piece {
    std::string text;
    float score = 0;
    PieceType type = PieceType::Normal;
  };

  /// By id.
  std::vector<Piece> pieces;
  Kind kind = Kind::Unigram;
  bool byteFallback = false;
  bool spaceIsSuffix = false;
  int32_t unknownId = 0, bosId = 1, eosId = 2;
  std::string charsmap;
  bool addDummyPrefix = true;
  bool removeExtraSpaces = true;
  bool escapeSpaces = true;
};

/// Reads and checks `bytes`, the contents of `file`.
llvm::Expected<SentencePieceModel>
readSentencePieceModel(llvm::StringRef file, llvm::StringRef bytes);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_TOKENIZER_SENTENCEPIECEMODEL_H
