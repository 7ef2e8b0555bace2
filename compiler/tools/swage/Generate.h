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
  /// Empty for the artifact's default.
  std::string kvCache;
  std::string entryPoint;
  swage_sampler_options_t sampling = {};
};

struct GenerateResult {
  std::vector<int32_t> tokens;
  double prefillSeconds = 0, decodeSeconds = 0;
};

/// A session with these settings; failures name the artifact.
Session createSession(const Model &model, SessionOptions options,
                      const std::string &entryPoint,
                      const std::string &kvCache);

/// Continues `prompt`, which is not empty; gives each token as it comes.
GenerateResult generate(const Model &model, const GenerateOptions &options,
                        const std::vector<int32_t> &prompt,
                        const std::function<void(int32_t)> &onToken);

} // namespace swage::cli

#endif // SWAGE_COMPILER_TOOLS_SWAGE_GENERATE_H
