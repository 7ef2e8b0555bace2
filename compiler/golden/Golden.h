//===- Golden.h - What a model gives for some prompts -----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An artifact carries some prompts and what its model gives for them in f32,
// which is the same bits on every processor. Whoever loads the artifact
// elsewhere can compute them again.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_GOLDEN_GOLDEN_H
#define SWAGE_COMPILER_GOLDEN_GOLDEN_H

#include "swage/swage.hpp"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace swage::golden {

/// The artifact's section that holds them.
inline constexpr char kSection[] = "goldens";

/// How many prompts an artifact gets if nobody says how many: one for each
/// variant by row count.
inline constexpr unsigned kDefaultCount = 3;
inline constexpr unsigned kMostPrompts = 64;

/// Of results with a row for each token, the last token's row.
struct Result {
  std::string name;
  std::vector<float> values;
};

struct Golden {
  std::string entryPoint;
  std::vector<int32_t> tokens;
  std::vector<Result> results;
};

/// The section's bytes. Their number does not depend on the values.
std::vector<uint8_t> encode(llvm::ArrayRef<Golden> goldens);

/// The goldens in a section's bytes.
llvm::Expected<std::vector<Golden>> decode(llvm::ArrayRef<uint8_t> bytes);

/// What prompts are made for.
struct Vocabulary {
  /// The section "tokenizer"; empty if the model has none.
  llvm::ArrayRef<uint8_t> tokenizer;
  uint32_t size = 0, maxPositions = 0;
};

/// `count` prompts of different lengths: the beginnings of a text in the
/// model's tokens, or fixed ids where there is no tokenizer.
llvm::Expected<std::vector<std::vector<int32_t>>>
choosePrompts(unsigned count, const Vocabulary &vocabulary);

/// How a prompt is computed.
enum class Way {
  Whole,   ///< in one call
  Decoded, ///< the last token in a call of its own
};

/// The results of `golden` with a cache of that type (null without one), in the
/// order of `golden`.
llvm::Expected<std::vector<std::vector<float>>> replay(const Module &module,
                                                       const Golden &golden,
                                                       const char *kvCache,
                                                       Way way);

} // namespace swage::golden

#endif // SWAGE_COMPILER_GOLDEN_GOLDEN_H
