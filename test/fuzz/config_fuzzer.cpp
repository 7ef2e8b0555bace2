//===- config_fuzzer.cpp - Any bytes as a config.json --------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/huggingface/HuggingFace.h"
#include <cstdlib>

using namespace swage::import;

/// Whatever the bytes are, there is an error or a config that a model can be
/// built from.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  auto root = parseJson("config.json", bytes);
  if (!root) {
    llvm::consumeError(root.takeError());
    return 0;
  }
  Problems problems;
  ModelConfig config = readModelConfig("config.json", *root, problems);
  if (problems.hasErrors()) {
    llvm::consumeError(problems.takeErrors());
    return 0;
  }
  const DecoderConfig &decoder = config.decoder;
  if (!config.architecture || decoder.numLayers < 1 ||
      decoder.numLayers > 10'000 || decoder.headDim % 2 != 0 ||
      decoder.numHeads % decoder.numKvHeads != 0)
    abort();
  return 0;
}
