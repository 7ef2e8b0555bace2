//===- Perplexity.cpp - How well a model predicts a text ------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Perplexity.h"
#include "compiler/golden/Calls.h"
#include "compiler/tools/swage/Console.h"
#include <algorithm>
#include <cmath>

using namespace swage;
using namespace swage::cli;

/// Minus the logarithm of the probability that `logits` give to `id`.
static double negativeLogProbability(const float *logits, size_t count,
                                     int32_t id) {
  float largest = *std::max_element(logits, logits + count);
  double sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += std::exp(double(logits[i]) - double(largest));
  return std::log(sum) - (double(logits[id]) - double(largest));
}

namespace {

/// Runs windows one after the other on one session.
class WindowRunner {
public:
  WindowRunner(const Model &model, const PerplexityOptions &options)
      : model(model), context(options.context),
        chunk(options.chunk ? std::min(options.chunk, options.context)
                            : options.context) {
    SessionOptions settings;
    settings.context = context;
    settings.max_rows = chunk;
    settings.max_logit_rows = chunk;
    session = createSession(model, settings, options.session);
    vocabulary = session.info().columns;
  }

  /// Adds the predictions of window[first], window[first + 1], ...
  void run(const int32_t *window, uint32_t first, Perplexity &sum) {
    session.reset();
    Status status;
    Sequence sequence = session.createSequence(status);
    for (uint32_t begin = 0; begin < context; begin += chunk)
      runChunk(sequence, window, begin, std::min(begin + chunk, context), first,
               sum, status);
  }

private:
  void runChunk(Sequence sequence, const int32_t *window, uint32_t begin,
                uint32_t end, uint32_t first, Perplexity &sum, Status &status) {
    // Row i predicts id i + 1.
    std::vector<int32_t> wanted;
    for (uint32_t i = std::max(begin, first - 1);
         i < std::min(end, context - 1); ++i)
      wanted.push_back(int32_t(i - begin));
    Logits logits = golden::forwardRows(
        session, sequence, llvm::ArrayRef(window + begin, end - begin), wanted,
        status);
    check(status, model.path);
    for (size_t i = 0; i < wanted.size(); ++i) {
      sum.nll += negativeLogProbability(logits[i], vocabulary,
                                        window[begin + wanted[i] + 1]);
      ++sum.predictions;
    }
  }

  const Model &model;
  uint32_t context, chunk;
  Session session;
  size_t vocabulary;
};

} // namespace

static void checkOptions(const Model &model, const PerplexityOptions &options) {
  if (options.context < 2)
    failCall("--context " + llvm::Twine(options.context) +
             " leaves nothing to predict; pass 2 or more");
  if (options.context > model.module.info().max_positions)
    failCall("--context " + llvm::Twine(options.context) +
             " is beyond the model's " +
             llvm::Twine(model.module.info().max_positions) + " positions");
  if (options.stride < 1 || options.stride > options.context)
    failCall("--stride " + llvm::Twine(options.stride) +
             " must be at least 1 and at most the context, " +
             llvm::Twine(options.context));
}

Perplexity
cli::measurePerplexity(const Model &model, const PerplexityOptions &options,
                       llvm::StringRef text, std::vector<int32_t> ids,
                       const std::function<void(size_t, size_t)> &onWindow) {
  checkOptions(model, options);
  uint32_t context = options.context;
  bool llamaCpp = options.protocol == PerplexityOptions::LlamaCpp;
  uint32_t stride = llamaCpp ? context : options.stride;
  int32_t bos = model.module.info().bos_token;
  if (llamaCpp) {
    if (bos < 0)
      failWork(model.path + ": protocol llama.cpp needs a begin-of-text token, "
                            "which the model does not have");
    ids.insert(ids.begin(), bos);
  }
  if (ids.size() < context)
    failWork(text + " has " + llvm::Twine(ids.size()) +
             " tokens, fewer than one window of " + llvm::Twine(context) +
             "; pass a longer text or a smaller --context");

  WindowRunner runner(model, options);
  Perplexity sum;
  std::vector<int32_t> window(context);
  size_t windows = (ids.size() - context) / stride + 1;
  for (size_t w = 0; w < windows; ++w) {
    std::copy_n(ids.begin() + w * stride, context, window.begin());
    uint32_t first = w == 0 ? 1 : std::max(context - stride, 1u);
    if (llamaCpp) {
      window[0] = bos;
      first = context / 2 + 1;
    }
    runner.run(window.data(), first, sum);
    onWindow(w + 1, windows);
  }
  if (!sum.predictions)
    failCall("a context of " + llvm::Twine(context) +
             " leaves this protocol nothing to predict; pass a larger one");
  sum.nll /= double(sum.predictions);
  return sum;
}
