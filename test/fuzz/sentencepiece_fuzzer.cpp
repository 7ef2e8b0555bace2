//===- sentencepiece_fuzzer.cpp - Any bytes as tokenizer.model ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImportedTokenizer.h"
#include "TemporaryFile.h"

/// Whatever the bytes are, there is an error or a tokenizer that works.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const swage::test::TemporaryFolder folder;
  folder.write("tokenizer.model", {reinterpret_cast<const char *>(data), size});
  swage::test::importTokenizer(folder.path);
  return 0;
}
