//===- sessions.cpp - Several texts at once from one model ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: sessions MODEL.swg PROMPT
//
// First one session with three sequences: the prompt is computed once, forked,
// and its continuations are computed side by side, so the weights are read once
// for all of them. Then two threads with a session each, on one module.

#include "swage/swage.hpp"
#include "swage/text.hpp"
#include <array>
#include <cstdio>
#include <thread>

static constexpr int kTokens = 16;

/// A text that grows.
struct Text {
  std::vector<int32_t> tokens;
  std::optional<swage::Sampler> sampler;

  Text(std::vector<int32_t> prompt, uint64_t seed, swage::Status &status)
      : tokens(std::move(prompt)) {
    swage_sampler_options_t options = {};
    options.temperature = seed ? 0.8f : 0; // seed 0: the likeliest tokens
    options.seed = seed;
    sampler = swage::Sampler::create(options, status.get());
  }

  void add(const float *logits, size_t columns, swage::Status &status) {
    if (!status)
      return;
    if (auto next = sampler->sample(logits, columns, tokens, status.get()))
      tokens.push_back(*next);
  }
};

/// Continues one prompt in several ways; they share the prompt's cache pages.
static std::vector<Text> branch(swage::Session &session,
                                const std::vector<int32_t> &prompt,
                                size_t count, swage::Status &status) {
  swage::Sequence first = session.createSequence(status);
  swage::Logits logits =
      session.append(first, prompt.data(), prompt.size(), status);
  std::vector<Text> texts;
  std::vector<swage_sequence_rows_t> rows;
  for (size_t i = 0; i < count && status; ++i) {
    texts.emplace_back(prompt, i, status);
    texts[i].add(logits[0], logits.columns(), status);
    rows.push_back({i == 0 ? first : session.fork(first, status), 1});
  }
  std::vector<int32_t> next(count);
  for (int step = 1; step < kTokens && status; ++step) {
    for (size_t i = 0; i < count; ++i)
      next[i] = texts[i].tokens.back();
    swage::Batch batch;
    batch.tokens = next.data();
    batch.row_count = count;
    batch.sequences = rows.data();
    batch.sequence_count = count;
    logits = session.forward(batch, status);
    for (size_t i = 0; i < count && status; ++i)
      texts[i].add(logits[i], logits.columns(), status);
  }
  for (const swage_sequence_rows_t &row : rows)
    session.destroySequence(row.sequence, status);
  return texts;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.swg PROMPT\n", argv[0]);
    return 2;
  }
  swage::Status status;
  swage::Device device = swage::Device::open({}, status);
  swage::Module module = swage::Module::load(device, argv[1], status);
  std::string_view section = status ? module.section("tokenizer", status) : "";
  std::optional<swage::Tokenizer> tokenizer;
  if (status)
    tokenizer =
        swage::Tokenizer::create(section.data(), section.size(), status.get());
  if (!tokenizer)
    return fprintf(stderr, "%s: %s\n", argv[1], status.message()), 1;
  auto prompt =
      tokenizer->encode(argv[2], SWAGE_ENCODE_ADD_SPECIAL, status.get());
  auto print = [&](const char *name, const Text &text) {
    auto decoded =
        tokenizer->decode(text.tokens, SWAGE_DECODE_SKIP_SPECIAL, status.get());
    printf("%s: %s\n", name, decoded ? decoded->c_str() : status.message());
  };

  swage::SessionOptions options;
  options.max_sequences = 3;
  swage::Session session = swage::Session::create(module, options, status);
  for (const Text &text :
       status ? branch(session, *prompt, 3, status) : std::vector<Text>())
    print("branch", text);

  // Each thread has a session and a status of its own; calls take turns on the
  // device's threads.
  std::array<swage::Status, 2> statuses;
  std::array<std::vector<Text>, 2> results;
  std::array<std::thread, 2> threads;
  for (size_t i = 0; i < threads.size() && status; ++i)
    threads[i] = std::thread([&, i] {
      swage::Session own = swage::Session::create(module, {}, statuses[i]);
      if (statuses[i])
        results[i] = branch(own, *prompt, 1, statuses[i]);
    });
  for (std::thread &thread : threads)
    if (thread.joinable())
      thread.join();
  for (size_t i = 0; i < threads.size(); ++i) {
    if (!statuses[i])
      return fprintf(stderr, "%s\n", statuses[i].message()), 1;
    for (const Text &text : results[i])
      print("thread", text);
  }
  if (!status)
    fprintf(stderr, "%s: %s\n", argv[1], status.message());
  return status ? 0 : 1;
}
