//===- Perplexity.h - How well a model predicts a text ----------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Two protocols, both over full windows of `context` ids whose positions start
// at 0:
//
//   windows    Windows start every `stride` ids. Every id is predicted that an
//              earlier window has not predicted, but none without a past.
//   llama.cpp  The model's begin-of-text id is put before the ids, windows
//              follow each other, and the first id of each becomes
//              begin-of-text. Only ids of a window's second half count:
//              context / 2 + 1 and on.
//
// The negative log probability of a logit row is computed in double from its
// f32 logits, in the order of the ids, and summed in double in the order of the
// text, so that it depends on nothing but the logits. So are the divergences
// from a reference, which predicts the same ids.

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_PERPLEXITY_H
#define SWAGE_COMPILER_TOOLS_SWAGE_PERPLEXITY_H

#include "compiler/tools/swage/Generate.h"

namespace swage::cli {

struct PerplexityOptions {
  uint32_t context = 512, stride = 512;
  /// Tokens in one call of forward; 0 for all of a window.
  uint32_t chunk = 0;
  enum Protocol { Windows, LlamaCpp } protocol = Windows;
  SessionChoice session;
};

/// How far predictions are from those of a reference.
struct Divergence {
  /// Of the reference: mean negative log probability, in nats.
  double nll = 0;
  /// Of each prediction: the Kullback-Leibler divergence from the reference's
  /// probabilities p to the model's q, the sum of p * log(p / q), in nats.
  std::vector<double> kl;
  /// Predictions whose most likely id is the same; of ids with equal logits the
  /// lowest counts.
  uint64_t sameTop = 0;
};

struct Perplexity {
  uint64_t predictions = 0;
  /// Mean negative log probability, in nats.
  double nll = 0;
  /// Where there is a reference.
  Divergence divergence;
};

/// Of the ids of the file `text`, encoded without special tokens. `reference`
/// may be null.
Perplexity
measurePerplexity(const Model &model, const Model *reference,
                  const PerplexityOptions &options, llvm::StringRef text,
                  std::vector<int32_t> ids,
                  const std::function<void(size_t, size_t)> &onWindow);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_PERPLEXITY_H
