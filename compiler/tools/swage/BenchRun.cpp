//===- BenchRun.cpp - What a benchmark measures ---------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/BenchRun.h"
#include "compiler/golden/Calls.h"
#include "compiler/tools/swage/Console.h"
#include <algorithm>
#include <cstring>
#include <random>

using namespace swage;
using namespace swage::cli;

static std::vector<int32_t> randomTokens(uint32_t count, uint32_t vocabulary) {
  std::mt19937 random(1);
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens)
    token = int32_t(random() % vocabulary);
  return tokens;
}

static int32_t largest(const float *logits, size_t count) {
  return int32_t(std::max_element(logits, logits + count) - logits);
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

BenchRun::BenchRun(const Model &model, const BenchOptions &options)
    : model(model), options(options),
      prompt(
          randomTokens(options.promptTokens, model.module.info().vocab_size)) {
  uint32_t needed = options.promptTokens + options.generateTokens;
  if (needed > model.module.info().max_positions)
    failCall("--prompt-tokens and --generate-tokens need " +
             llvm::Twine(needed) + " positions; the model has " +
             llvm::Twine(model.module.info().max_positions));
  SessionOptions settings;
  settings.context = needed;
  settings.max_sequences = options.batch;
  settings.max_logit_rows = std::max<uint32_t>(16, options.batch);
  Stopwatch watch;
  session = createSession(model, settings, options.session);
  sessionSeconds = watch.seconds();
}

std::vector<int32_t> BenchRun::promptOf(uint32_t i) const {
  std::vector<int32_t> tokens = prompt;
  std::rotate(tokens.begin(), tokens.begin() + i % tokens.size(), tokens.end());
  return tokens;
}

BenchRun::Texts BenchRun::prefill() {
  Status status;
  session.reset();
  Texts texts;
  for (uint32_t i = 0; i < options.batch; ++i) {
    Sequence sequence = session.createSequence(status);
    std::vector<int32_t> tokens = promptOf(i);
    Logits logits =
        session.append(sequence, tokens.data(), tokens.size(), status);
    check(status, model.path);
    texts.rows.push_back({sequence, 1});
    texts.next.push_back(largest(logits[0], logits.columns()));
  }
  return texts;
}

void BenchRun::decode(Texts &texts) {
  Status status;
  Batch batch;
  batch.tokens = texts.next.data();
  batch.row_count = texts.next.size();
  batch.sequences = texts.rows.data();
  batch.sequence_count = texts.rows.size();
  Logits logits = session.forward(batch, status);
  check(status, model.path);
  for (size_t i = 0; i < texts.next.size(); ++i)
    texts.next[i] = largest(logits[i], logits.columns());
}

BenchTimes BenchRun::measure() {
  std::vector<double> prefills, decodes;
  BenchTimes times;
  for (uint32_t run = 0; run < options.repetitions; ++run) {
    Stopwatch watch;
    Texts texts = prefill();
    double seconds = watch.seconds();
    prefills.push_back(double(prompt.size()) * options.batch / seconds);
    if (run == 0)
      times.firstTokenMilliseconds =
          model.loadMilliseconds + (sessionSeconds + seconds) * 1e3;
    watch = {};
    for (uint32_t i = 0; i < options.generateTokens; ++i)
      decode(texts);
    decodes.push_back(double(options.generateTokens) * options.batch /
                      watch.seconds());
  }
  times.prefillTokensPerSecond = median(prefills);
  times.decodeTokensPerSecond = median(decodes);
  return times;
}

bool BenchRun::logitsAgree(uint32_t &compared) {
  compared = std::min<uint32_t>(16, options.promptTokens);
  Status status;
  session.reset();
  Sequence sequence = session.createSequence(status);
  Logits together = golden::forwardAll(
      session, sequence, llvm::ArrayRef(prompt).take_front(compared), status);
  check(status, model.path);
  // The session's memory is overwritten by its next call.
  size_t columns = together.columns();
  std::vector<float> expected;
  for (uint32_t i = 0; i < compared; ++i)
    expected.insert(expected.end(), together[i], together[i] + columns);

  session.reset();
  sequence = session.createSequence(status);
  for (uint32_t i = 0; i < compared; ++i) {
    Logits alone = session.append(sequence, &prompt[i], 1, status);
    check(status, model.path);
    if (memcmp(alone[0], &expected[i * columns], columns * sizeof(float)))
      return false;
  }
  return true;
}

std::vector<ProfileEvent> BenchRun::profile(const std::function<void()> &work) {
  std::vector<ProfileEvent> events;
  auto add = [](void *self, const swage_profile_event_t *event) {
    static_cast<std::vector<ProfileEvent> *>(self)->push_back(
        {event->name, event->kernel, event->nanoseconds, event->bytes,
         event->multiply_adds, event->grid, event->rows});
  };
  swage_session_set_profile(session.get(), add, &events);
  work();
  swage_session_set_profile(session.get(), nullptr, nullptr);
  return events;
}

std::vector<ProfileEvent> BenchRun::profilePrefill() {
  Status status;
  session.reset();
  Sequence sequence = session.createSequence(status);
  check(status, model.path);
  return profile([&] {
    session.append(sequence, prompt.data(), prompt.size(), status);
    check(status, model.path);
  });
}

std::vector<ProfileEvent> BenchRun::profileDecode() {
  Texts texts = prefill();
  return profile([&] { decode(texts); });
}
