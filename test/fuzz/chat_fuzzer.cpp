//===- chat_fuzzer.cpp - Any bytes as a chat template ---------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "swage/text.hpp"
#include "test/unit/text/TinyTable.h"
#include <cstdlib>

/// Whatever the bytes are, there is an error or a text; both within bounds.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string source(reinterpret_cast<const char *>(data), size);
  swage::test::TinyTable tiny;
  tiny.chatTemplate = source.c_str();
  swage::test::AlignedBytes bytes = tiny.build();
  auto tokenizer = swage::Tokenizer::create(bytes.data(), bytes.size());
  if (!tokenizer)
    abort();
  std::vector<swage_chat_message_t> messages = {{"system", "Be brief. "},
                                                {"user", " Hi {{ 1 }}\n"},
                                                {"assistant", "<x>\xc3\xa9"},
                                                {"user", ""}};
  for (size_t count : {messages.size(), size_t(0)}) {
    messages.resize(count);
    swage_status_t status = {};
    if (!tokenizer->applyChat(messages, SWAGE_CHAT_ADD_GENERATION_PROMPT,
                              &status) &&
        !status.message[0])
      abort();
  }
  return 0;
}
