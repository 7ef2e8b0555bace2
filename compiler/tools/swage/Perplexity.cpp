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

namespace {

/// The probabilities that a row of logits gives to ids.
class Prediction {
public:
  Prediction(const float *logits, size_t count) : logits(logits) {
    const float *largest = std::max_element(logits, logits + count);
    top = largest - logits;
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
      sum += std::exp(double(logits[i]) - double(*largest));
    logSum = std::log(sum);
  }

  /// The logarithm of the probability of `id`.
  double logProbability(size_t id) const {
    return double(logits[id]) - double(logits[top]) - logSum;
  }

  size_t top; ///< the most likely id

private:
  const float *logits;
  double logSum;
};

/// From `wanted` to `found`, over `count` ids, in nats.
double divergenceFrom(const Prediction &wanted, const Prediction &found,
                      size_t count) {
  double sum = 0;
  for (size_t id = 0; id < count; ++id) {
    double p = wanted.logProbability(id);
    sum += std::exp(p) * (p - found.logProbability(id));
  }
  return sum;
}

/// A model with a sequence of the window under way.
struct Side {
  const Model &model;
  Session session;
  Sequence sequence = {};
};

/// Runs windows one after the other, each on all sides.
class WindowRunner {
public:
  WindowRunner(const Model &model, const Model *reference,
               const PerplexityOptions &options)
      : context(options.context),
        chunk(options.chunk ? std::min(options.chunk, options.context)
                            : options.context) {
    SessionOptions settings;
    settings.context = context;
    settings.max_rows = chunk;
    settings.max_logit_rows = chunk;
    sides.push_back({model, createSession(model, settings, options.session)});
    // The reference has the cache that it was compiled for.
    if (reference)
      sides.push_back({*reference, createSession(*reference, settings, {})});
    vocabulary = sides.front().session.info().columns;
  }

  /// Adds the predictions of window[first], window[first + 1], ...
  void run(const int32_t *window, uint32_t first, Perplexity &sum) {
    Status status;
    for (Side &side : sides) {
      side.session.reset();
      side.sequence = side.session.createSequence(status);
      check(status, side.model.path);
    }
    for (uint32_t begin = 0; begin < context; begin += chunk)
      runChunk(window, begin, std::min(begin + chunk, context), first, sum);
  }

private:
  void runChunk(const int32_t *window, uint32_t begin, uint32_t end,
                uint32_t first, Perplexity &sum) {
    // Row i predicts id i + 1.
    std::vector<int32_t> wanted;
    for (uint32_t i = std::max(begin, first - 1);
         i < std::min(end, context - 1); ++i)
      wanted.push_back(int32_t(i - begin));
    std::vector<Logits> logits;
    for (Side &side : sides) {
      Status status;
      logits.push_back(golden::forwardRows(
          side.session, side.sequence,
          llvm::ArrayRef(window + begin, end - begin), wanted, status));
      check(status, side.model.path);
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      int32_t id = window[begin + wanted[i] + 1];
      Prediction found(logits[0][i], vocabulary);
      sum.nll -= found.logProbability(id);
      ++sum.predictions;
      if (logits.size() == 1)
        continue;
      Prediction reference(logits[1][i], vocabulary);
      sum.divergence.nll -= reference.logProbability(id);
      sum.divergence.kl.push_back(divergenceFrom(reference, found, vocabulary));
      sum.divergence.sameTop += found.top == reference.top;
    }
  }

  uint32_t context, chunk;
  std::vector<Side> sides;
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

/// Fails unless both predict the same ids.
static void checkReference(const Model &model, const Model &reference) {
  uint32_t ids = model.module.info().vocab_size,
           others = reference.module.info().vocab_size;
  if (ids != others)
    failWork(model.path + " has a vocabulary of " + llvm::Twine(ids) +
             " ids and the reference " + reference.path + " one of " +
             llvm::Twine(others) +
             "; a reference is another artifact of the same model");
}

Perplexity
cli::measurePerplexity(const Model &model, const Model *reference,
                       const PerplexityOptions &options, llvm::StringRef text,
                       std::vector<int32_t> ids,
                       const std::function<void(size_t, size_t)> &onWindow) {
  checkOptions(model, options);
  if (reference) {
    checkReference(model, *reference);
    checkOptions(*reference, options);
  }
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

  WindowRunner runner(model, reference, options);
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
  sum.divergence.nll /= double(sum.predictions);
  return sum;
}
