//===- Generate.h - Tokens after tokens -------------------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_TOOLS_SWAGE_GENERATE_H
#define SWAGE_COMPILER_TOOLS_SWAGE_GENERATE_H

#include "compiler/tools/swage/Model.h"
#include <functional>

namespace swage::cli {

struct GenerateOptions {
  /// Tokens to make, at most or (ignoreEos) exactly.
  size_t count = 128;
  bool ignoreEos = false;
  /// Positions of the session; 0 for as many as needed.
  uint32_t context = 0;
  SessionChoice session;
  swage_sampler_options_t sampling = {};
};

struct GenerateResult {
  std::vector<int32_t> tokens;
  /// Tokens of the prompt that were computed: all but those already held.
  size_t computed = 0;
  double prefillSeconds = 0, decodeSeconds = 0;
  /// Whether a token that ends texts was next; else the count was reached.
  bool ended = false;
};

/// A session with these settings; failures name the artifact.
Session createSession(const Model &model, SessionOptions options,
                      const SessionChoice &choice);

/// One text in a session: a prompt is continued, and the next prompt may begin
/// with what is held already, which is then not computed again.
class Generator {
public:
  /// `context` positions; what it refers to outlives it.
  Generator(const Model &model, const GenerateOptions &options,
            uint32_t context);

  uint32_t context() const { return session.info().context; }

  /// Makes `prompt`, which is not empty, the text, and continues it by at most
  /// `count` tokens; gives each token as it comes.
  GenerateResult extend(const std::vector<int32_t> &prompt, size_t count,
                        const std::function<void(int32_t)> &onToken);

private:
  size_t keepCommonPart(const std::vector<int32_t> &prompt);
  bool isEnd(int32_t token) const;

  const Model &model;
  const GenerateOptions &options;
  Session session;
  std::optional<Sampler> sampler;
  Sequence sequence;
  /// What the sequence holds.
  std::vector<int32_t> held;
};

/// Continues `prompt`, which is not empty, in a session of its own.
GenerateResult generate(const Model &model, const GenerateOptions &options,
                        const std::vector<int32_t> &prompt,
                        const std::function<void(int32_t)> &onToken);

/// Tells the speed on stderr.
void noteSpeed(const GenerateResult &result);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_GENERATE_H
