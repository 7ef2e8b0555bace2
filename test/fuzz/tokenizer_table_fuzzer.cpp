//===- tokenizer_table_fuzzer.cpp - Any bytes as a tokenizer's table ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerUse.h"
#include "test/unit/text/TinyTable.h"

/// Whatever the bytes are, there is an error or a tokenizer that works.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  swage::test::AlignedBytes bytes(data, size);
  swage_status_t status = {};
  auto tokenizer =
      swage::Tokenizer::create(bytes.data(), bytes.size(), &status);
  if (tokenizer)
    swage::test::useTokenizer(*tokenizer);
  else if (!status.message[0])
    abort();
  return 0;
}
