//===- Sampler.cpp - Choosing the next token ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"
#include "runtime/support/Options.h"
#include <algorithm>
#include <cmath>

using namespace swage::text;

namespace {

/// xoshiro256** 1.0 by Blackman and Vigna, seeded by splitmix64.
class Random {
public:
  explicit Random(uint64_t seed) {
    for (uint64_t &word : state) {
      seed += 0x9E3779B97F4A7C15u;
      uint64_t mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9u;
      mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
      word = mixed ^ mixed >> 31;
    }
  }

  /// Uniform in [0, 1), in steps of 2^-53.
  double uniform() {
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return double(result >> 11) * 0x1p-53;
  }

private:
  static uint64_t rotate(uint64_t value, int bits) {
    return value << bits | value >> (64 - bits);
  }
  uint64_t state[4];
};

struct Choice {
  float logit;
  int32_t id;
  /// Relative to the best token's, which is 1.
  double weight;
};

/// Likelier tokens first, the lower id among equals.
bool better(const Choice &a, const Choice &b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

} // namespace

struct swage_sampler_t {
  swage_sampler_t(const swage_allocator_t &allocator,
                  const swage_sampler_options_t &options)
      : allocator(allocator), options(options), random(options.seed),
        penalized(allocator), choices(allocator) {}

  swage_status_code_t penalize(const float *&logits, size_t count,
                               const int32_t *history, size_t historyCount,
                               swage_status_t *status);
  void keepTopK();
  void keepTopP();
  void keepMinP();
  int32_t draw();

  swage_allocator_t allocator;
  swage_sampler_options_t options;
  Random random;
  Array<float> penalized;
  Array<Choice> choices;
};

/// Points `logits` to a copy with the repetition penalty in it.
swage_status_code_t swage_sampler_t::penalize(const float *&logits,
                                              size_t count,
                                              const int32_t *history,
                                              size_t historyCount,
                                              swage_status_t *status) {
  size_t window = options.repetition_window;
  size_t first = window && window < historyCount ? historyCount - window : 0;
  penalized.clear();
  if (!penalized.append(logits, count))
    return outOfMemory(status);
  for (size_t i = first; i < historyCount; ++i) {
    int32_t id = history[i];
    if (id < 0 || size_t(id) >= count)
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "history token %zu has id %d, outside the %zu logits", i, id,
                  count);
    // From the logits as they came: a token that repeats is penalized once.
    penalized[id] = logits[id] < 0 ? logits[id] * options.repetition_penalty
                                   : logits[id] / options.repetition_penalty;
  }
  logits = penalized.data();
  return SWAGE_OK;
}

void swage_sampler_t::keepTopK() {
  size_t k = options.top_k;
  if (!k || k >= choices.size())
    return;
  std::nth_element(choices.begin(), choices.begin() + (k - 1), choices.end(),
                   better);
  // Tokens that equal the k-th stay, as in Hugging Face.
  float threshold = choices[k - 1].logit;
  Choice *end =
      std::partition(choices.begin() + k, choices.end(),
                     [&](const Choice &c) { return c.logit == threshold; });
  while (choices.end() != end)
    choices.pop();
}

/// Leaves the choices in falling order.
void swage_sampler_t::keepTopP() {
  double total = 0;
  for (const Choice &choice : choices)
    total += choice.weight;
  // A heap gives the few that are needed without sorting all.
  auto worse = [](const Choice &a, const Choice &b) { return better(b, a); };
  Choice *end = choices.end();
  std::make_heap(choices.begin(), end, worse);
  double sum = 0, limit = double(options.top_p) * total;
  do {
    std::pop_heap(choices.begin(), end, worse);
    --end;
    sum += end->weight;
  } while (sum < limit && end != choices.begin());
  // Popped from the back, the best is last.
  std::reverse(choices.begin(), choices.end());
  size_t dropped = size_t(end - choices.begin());
  while (dropped--)
    choices.pop();
}

void swage_sampler_t::keepMinP() {
  // The best weight is 1, and all that top-k and top-p keep includes it.
  size_t kept = 0;
  for (size_t i = 0; i < choices.size(); ++i)
    if (choices[i].weight >= double(options.min_p))
      choices[kept++] = choices[i];
  while (choices.size() > kept)
    choices.pop();
}

int32_t swage_sampler_t::draw() {
  double total = 0;
  for (const Choice &choice : choices)
    total += choice.weight;
  double left = random.uniform() * total;
  int32_t last = -1;
  for (const Choice &choice : choices) {
    if (choice.weight == 0)
      continue;
    last = choice.id;
    left -= choice.weight;
    if (left < 0)
      break;
  }
  return last;
}

/// Fills in defaults and checks what was given.
static swage_status_code_t checkOptions(swage_sampler_options_t &options,
                                        swage_status_t *status) {
  if (options.top_p == 0)
    options.top_p = 1;
  if (options.repetition_penalty == 0)
    options.repetition_penalty = 1;
  if (!(options.temperature >= 0) || std::isinf(options.temperature))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "temperature is %g, want 0 (greedy) or more",
                options.temperature);
  if (!(options.top_p > 0 && options.top_p <= 1))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "top_p is %g, want above 0 and at most 1", options.top_p);
  if (!(options.min_p >= 0 && options.min_p <= 1))
    return fail(status, SWAGE_INVALID_ARGUMENT, "min_p is %g, want 0 to 1",
                options.min_p);
  if (!(options.repetition_penalty > 0) ||
      std::isinf(options.repetition_penalty))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "repetition_penalty is %g, want above 0",
                options.repetition_penalty);
  return SWAGE_OK;
}

swage_status_code_t swage_sampler_create(const swage_sampler_options_t *options,
                                         const swage_allocator_t *allocator,
                                         swage_sampler_t **out_sampler,
                                         swage_status_t *status) {
  if (!options || !out_sampler)
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                options ? "out_sampler" : "options");
  swage_sampler_options_t checked = {};
  if (swage_status_code_t code =
          swage::readOptions(options, "sampler options", checked, status))
    return code;
  if (swage_status_code_t code = checkOptions(checked, status))
    return code;
  swage_allocator_t memory = allocatorOrDefault(allocator);
  auto *sampler = newObject<swage_sampler_t>(memory, memory, checked);
  if (!sampler)
    return outOfMemory(status);
  *out_sampler = sampler;
  return succeed(status);
}

void swage_sampler_destroy(swage_sampler_t *sampler) { deleteObject(sampler); }

swage_status_code_t swage_sampler_sample(swage_sampler_t *sampler,
                                         const float *logits, size_t count,
                                         const int32_t *history,
                                         size_t history_count, int32_t *out_id,
                                         swage_status_t *status) {
  if (!sampler || !logits || !out_id || (!history && history_count))
    return fail(status, SWAGE_INVALID_ARGUMENT, "%s is null",
                !sampler  ? "sampler"
                : !logits ? "logits"
                : !out_id ? "out_id"
                          : "history");
  if (count == 0 || count > size_t(INT32_MAX))
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "%zu logits, want 1 to 2147483647", count);
  const swage_sampler_options_t &options = sampler->options;
  size_t best = 0;
  for (size_t i = 0; i < count; ++i) {
    if (std::isnan(logits[i]) || logits[i] == INFINITY)
      return fail(status, SWAGE_INVALID_ARGUMENT, "logit %zu is %s", i,
                  std::isnan(logits[i]) ? "not a number" : "infinite");
  }
  if (options.repetition_penalty != 1)
    if (swage_status_code_t code =
            sampler->penalize(logits, count, history, history_count, status))
      return code;
  for (size_t i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  if (logits[best] == -INFINITY)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "all %zu logits are minus infinity", count);
  if (options.temperature == 0) {
    *out_id = int32_t(best);
    return succeed(status);
  }

  sampler->choices.clear();
  if (!sampler->choices.reserve(count))
    return outOfMemory(status);
  for (size_t i = 0; i < count; ++i) {
    double weight = std::exp((double(logits[i]) - double(logits[best])) /
                             double(options.temperature));
    if (!sampler->choices.append({logits[i], int32_t(i), weight}))
      return outOfMemory(status);
  }
  sampler->keepTopK();
  if (options.top_p < 1)
    sampler->keepTopP();
  if (options.min_p > 0)
    sampler->keepMinP();
  *out_id = sampler->draw();
  return succeed(status);
}
