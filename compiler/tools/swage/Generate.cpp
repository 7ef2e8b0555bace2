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
#include "llvm/Support/Format.h"

using namespace swage;
using namespace swage::cli;

Session cli::createSession(const Model &model, SessionOptions options,
                           const SessionChoice &choice) {
  if (!choice.entryPoint.empty())
    options.entry_point = choice.entryPoint.c_str();
  if (!choice.kvCache.empty())
    options.kv_cache = choice.kvCache.c_str();
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

Generator::Generator(const Model &model, const GenerateOptions &options,
                     uint32_t context)
    : model(model), options(options) {
  SessionOptions settings;
  settings.context = context;
  session = createSession(model, settings, options.session);
  Status status;
  sampler = Sampler::create(options.sampling, status.get());
  check(status, "sampling");
  sequence = session.createSequence(status);
  check(status, model.path);
}

/// The tokenizer knows the tokens that end an answer, too, which a model's
/// configuration may leave to the generation's.
bool Generator::isEnd(int32_t token) const {
  const swage_module_info_t &info = model.module.info();
  return llvm::is_contained(
             llvm::ArrayRef(info.eos_tokens, info.eos_token_count), token) ||
         (model.tokenizer && model.tokenizer->isEos(token));
}

/// Forgets what differs from `prompt` and returns how much is left. The last
/// token is always computed, as its logits are wanted.
size_t Generator::keepCommonPart(const std::vector<int32_t> &prompt) {
  size_t common = 0, most = std::min(held.size(), prompt.size() - 1);
  while (common < most && held[common] == prompt[common])
    ++common;
  if (common < held.size()) {
    Status status;
    session.truncate(sequence, uint32_t(common), status);
    check(status, model.path);
  }
  return common;
}

GenerateResult Generator::extend(const std::vector<int32_t> &prompt,
                                 size_t count,
                                 const std::function<void(int32_t)> &onToken) {
  GenerateResult result;
  Status status;
  Stopwatch watch;
  size_t kept = keepCommonPart(prompt);
  held = prompt;
  result.computed = prompt.size() - kept;
  Logits logits =
      session.append(sequence, prompt.data() + kept, result.computed, status);
  check(status, model.path);
  result.prefillSeconds = watch.seconds();

  watch = {};
  std::vector<int32_t> history = prompt;
  while (result.tokens.size() < count) {
    std::optional<int32_t> token =
        sampler->sample(logits[0], logits.columns(), history, status.get());
    check(status, model.path + ": sampling");
    result.ended = !options.ignoreEos && isEnd(*token);
    if (result.ended)
      break;
    history.push_back(*token);
    result.tokens.push_back(*token);
    onToken(*token);
    if (result.tokens.size() == count)
      break;
    logits = session.append(sequence, &*token, 1, status);
    check(status, model.path);
    held.push_back(*token);
  }
  result.decodeSeconds = watch.seconds();
  return result;
}

GenerateResult cli::generate(const Model &model, const GenerateOptions &options,
                             const std::vector<int32_t> &prompt,
                             const std::function<void(int32_t)> &onToken) {
  Generator generator(model, options,
                      neededPositions(model, options, prompt.size()));
  return generator.extend(prompt, options.count, onToken);
}

void cli::noteSpeed(const GenerateResult &result) {
  std::string line;
  llvm::raw_string_ostream os(line);
  os << llvm::format("prompt: %zu tokens, %.1f tokens/s", result.computed,
                     double(result.computed) / result.prefillSeconds);
  if (result.tokens.size() > 1)
    os << llvm::format("; generated: %zu tokens, %.1f tokens/s",
                       result.tokens.size(),
                       double(result.tokens.size() - 1) / result.decodeSeconds);
  note(line);
}
