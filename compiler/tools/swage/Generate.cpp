//===- Generate.cpp - Tokens after tokens ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Generate.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

using namespace swage;
using namespace swage::cli;

Session cli::createSession(const Model &model, SessionOptions options,
                           const std::string &entryPoint,
                           const std::string &kvCache) {
  if (!entryPoint.empty())
    options.entry_point = entryPoint.c_str();
  if (!kvCache.empty())
    options.kv_cache = kvCache.c_str();
  Status status;
  Session session = Session::create(model.module, options, status);
  check(status, model.path);
  return session;
}

/// Positions that a prompt and what follows it need: the last token is never
/// fed back.
static uint32_t neededPositions(const Model &model,
                                const GenerateOptions &options, size_t prompt) {
  size_t needed = prompt + std::max<size_t>(options.count, 1) - 1;
  size_t limit =
      options.context ? options.context : model.module.info().max_positions;
  if (needed > limit)
    failWork("a prompt of " + llvm::Twine(prompt) + " tokens and " +
             llvm::Twine(options.count) + " new ones need " +
             llvm::Twine(needed) + " positions; the " +
             (options.context ? "context" : "model") + " has " +
             llvm::Twine(limit) + "; shorten the prompt or pass a smaller -n" +
             (options.context ? " or a larger --context" : ""));
  return options.context ? options.context : uint32_t(needed);
}

static bool isEnd(const Model &model, int32_t token) {
  const swage_module_info_t &info = model.module.info();
  return llvm::is_contained(
      llvm::ArrayRef(info.eos_tokens, info.eos_token_count), token);
}

GenerateResult cli::generate(const Model &model, const GenerateOptions &options,
                             const std::vector<int32_t> &prompt,
                             const std::function<void(int32_t)> &onToken) {
  SessionOptions settings;
  settings.context = neededPositions(model, options, prompt.size());
  Session session =
      createSession(model, settings, options.entryPoint, options.kvCache);
  Status status;
  std::optional<Sampler> sampler =
      Sampler::create(options.sampling, status.get());
  check(status, "sampling");
  Sequence sequence = session.createSequence(status);

  GenerateResult result;
  std::vector<int32_t> history = prompt;
  Stopwatch watch;
  Logits logits =
      session.append(sequence, prompt.data(), prompt.size(), status);
  check(status, model.path);
  result.prefillSeconds = watch.seconds();

  watch = {};
  while (result.tokens.size() < options.count) {
    std::optional<int32_t> token =
        sampler->sample(logits[0], logits.columns(), history, status.get());
    check(status, model.path + ": sampling");
    if (!options.ignoreEos && isEnd(model, *token))
      break;
    history.push_back(*token);
    result.tokens.push_back(*token);
    onToken(*token);
    if (result.tokens.size() == options.count)
      break;
    logits = session.append(sequence, &history.back(), 1, status);
    check(status, model.path);
  }
  result.decodeSeconds = watch.seconds();
  return result;
}
