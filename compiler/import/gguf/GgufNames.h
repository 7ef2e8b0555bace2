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
  /// All query heads, then all key heads, then all value heads, instead of
  /// groups of some query heads, a key head and a value head.
  SplitGroups,
  /// A matrix of outputs x inputs instead of inputs x outputs.
  Transposed,
  /// One is added to the weights of norms.
  PlusOne,
  /// The matrices of all experts are one tensor.
  Experts
};

struct GgufName {
  /// Without ".weight" or ".bias", and without "blk.N." in a layer. Of experts,
  /// '#' stands for the number of each.
  llvm::StringLiteral gguf, huggingFace;
  GgufChange change = GgufChange::None;
};

/// The names of one kind of model.
struct GgufNames {
  /// `general.architecture`, and the `model_type` that is the same.
  llvm::StringLiteral architecture, modelType;
  /// What "blk." is there.
  llvm::StringLiteral layers;
  llvm::ArrayRef<GgufName> outer, inner;
  /// Where an architecture stands for several kinds: whether the file is of
  /// this one.
  bool (*describes)(const GgufFile &file) = nullptr;

  /// A tensor's name there and how it differs; none if it is not known.
  std::optional<std::pair<std::string, GgufChange>>
  translate(llvm::StringRef tensor) const;
  /// The reverse: what the file calls, or would call, that tensor.
  std::optional<std::string> untranslate(llvm::StringRef tensor) const;
};

/// The name of the tensor of one expert.
std::string nameExpert(llvm::StringRef pattern, int64_t expert);

/// The names for the file's `general.architecture`; null, with a problem, if
/// that is not supported.
const GgufNames *findGgufNames(const GgufFile &file, Problems &problems);

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFNAMES_H
