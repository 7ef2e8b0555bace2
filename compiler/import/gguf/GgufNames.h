//===- GgufNames.h - What GGUF files call the parts of a model -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFNAMES_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFNAMES_H

#include "compiler/import/Problems.h"
#include "compiler/import/gguf/GgufFile.h"

namespace swage::import {

/// How the converter of llama.cpp stores a tensor otherwise than Hugging Face.
enum class GgufChange {
  None,
  /// Rows of each head: pairs of rope side by side, instead of its two halves
  /// one after the other.
  QueryPairs,
  KeyPairs,
  /// [q, k, v][head][channel] instead of [head][q, k, v][channel].
  SplitHeads,
  /// A matrix of outputs x inputs instead of inputs x outputs.
  Transposed,
  /// One is added to the weights of norms.
  PlusOne
};

struct GgufName {
  /// Without ".weight" or ".bias", and without "blk.N." in a layer.
  llvm::StringLiteral gguf, huggingFace;
  GgufChange change = GgufChange::None;
};

/// The names of one architecture.
struct GgufNames {
  /// `general.architecture`, and the `model_type` that is the same.
  llvm::StringLiteral architecture, modelType;
  /// What "blk." is there.
  llvm::StringLiteral layers;
  llvm::ArrayRef<GgufName> outer, inner;

  /// A tensor's name there and how it differs; none if it is not known.
  std::optional<std::pair<std::string, GgufChange>>
  translate(llvm::StringRef tensor) const;
};

/// The names for the file's `general.architecture`; null, with a problem, if
/// that is not supported.
const GgufNames *findGgufNames(const GgufFile &file, Problems &problems);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFNAMES_H
