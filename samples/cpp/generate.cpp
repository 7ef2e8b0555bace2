//===- generate.cpp - Text from an artifact, in C++ -----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: generate MODEL.swg PROMPT [COUNT]

#include "swage/swage.hpp"
#include "swage/text.hpp"
#include <cstdio>
#include <cstdlib>

/// Continues `prompt` by at most `count` tokens; a failure is in `status`.
static void generate(const char *path, const char *prompt, int count,
                     swage::Status &status) {
  // The first failure stays in `status`, and later calls do nothing.
  swage::Device device = swage::Device::open({}, status);
  swage::Module module = swage::Module::load(device, path, status);
  swage::Session session = swage::Session::create(module, {}, status);
  if (!status)
    return;
  std::string_view section = module.section("tokenizer", status);
  if (!status)
    return;
  auto tokenizer =
      swage::Tokenizer::create(section.data(), section.size(), status.get());
  if (!tokenizer)
    return;
  auto tokens =
      tokenizer->encode(prompt, SWAGE_ENCODE_ADD_SPECIAL, status.get());
  auto decoder = swage::Decoder::create(*tokenizer, SWAGE_DECODE_SKIP_SPECIAL,
                                        status.get());
  swage_sampler_options_t sampling = {};
  sampling.temperature = 0.7f;
  sampling.top_p = 0.95f;
  sampling.seed = 1;
  auto sampler = swage::Sampler::create(sampling, status.get());
  if (!tokens || !decoder || !sampler)
    return;

  swage::Sequence sequence = session.createSequence(status);
  swage::Logits logits =
      session.append(sequence, tokens->data(), tokens->size(), status);
  for (int i = 0; i < count && status; ++i) {
    auto next =
        sampler->sample(logits[0], logits.columns(), *tokens, status.get());
    if (!next || tokenizer->isEos(*next))
      break;
    tokens->push_back(*next);
    if (auto text = decoder->push(*next, status.get()))
      fwrite(text->data(), 1, text->size(), stdout);
    fflush(stdout);
    if (i + 1 < count)
      logits = session.append(sequence, &tokens->back(), 1, status);
  }
  putchar('\n');
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.swg PROMPT [COUNT]\n", argv[0]);
    return 2;
  }
  swage::Status status;
  generate(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 64, status);
  if (!status)
    fprintf(stderr, "%s: %s\n", argv[1], status.message());
  return status ? 0 : 1;
}
