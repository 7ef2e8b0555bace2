//===- BenchRun.h - What a benchmark measures -------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_BENCHRUN_H
#define SWAGE_COMPILER_TOOLS_SWAGE_BENCHRUN_H

#include "compiler/tools/swage/Generate.h"
#include <functional>
#include <string>
#include <vector>

namespace swage::cli {

struct BenchOptions {
  uint32_t promptTokens = 512, generateTokens = 64, repetitions = 3;
  /// Sequences, each with a prompt of its own, that decode side by side.
  uint32_t batch = 1;
  SessionChoice session;
};

/// Medians over the repetitions; speeds of all sequences together.
struct BenchTimes {
  double prefillTokensPerSecond = 0, decodeTokensPerSecond = 0;
  /// From opening the artifact to the first token of the first repetition.
  double firstTokenMilliseconds = 0;
};

/// A dispatch as the runtime reports it.
struct ProfileEvent {
  std::string name, kernel;
  uint64_t nanoseconds, bytes, multiplyAdds, grid;
  uint32_t rows;
};

/// One session and prompts of seeded random ids.
class BenchRun {
public:
  BenchRun(const Model &model, const BenchOptions &options);

  BenchTimes measure();

  /// Whether the logits of the prompt's first tokens are the same bits computed
  /// at once and token by token; fills in how many tokens it compared.
  bool logitsAgree(uint32_t &compared);

  /// The dispatches of one prefill, and of one step of decoding behind it.
  std::vector<ProfileEvent> profilePrefill();
  std::vector<ProfileEvent> profileDecode();

  const swage_session_info_t &sessionInfo() const { return session.info(); }

private:
  /// Sequences with the likeliest next token of each.
  struct Texts {
    std::vector<swage_sequence_rows_t> rows; ///< one of each
    std::vector<int32_t> next;
  };

  /// The prompt of sequence `i`.
  std::vector<int32_t> promptOf(uint32_t i) const;
  Texts prefill();
  /// Extends each text by its next token.
  void decode(Texts &texts);
  std::vector<ProfileEvent> profile(const std::function<void()> &work);

  const Model &model;
  BenchOptions options;
  std::vector<int32_t> prompt;
  Session session;
  double sessionSeconds;
};

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_BENCHRUN_H
