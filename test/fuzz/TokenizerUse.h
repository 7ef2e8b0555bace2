//===- TokenizerUse.h - What fuzzers do with a tokenizer --------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_FUZZ_TOKENIZERUSE_H
#define SWAGE_TEST_FUZZ_TOKENIZERUSE_H

#include "swage/text.hpp"
#include <cstdlib>

namespace swage::test {

/// Encodes texts that are hard in different ways and decodes what comes; each
/// must do or fail with a message. Ids are in the vocabulary, and decoded text
/// is what encodes without malformed bytes.
inline void useTokenizer(const swage::Tokenizer &tokenizer) {
  static const std::string_view kTexts[] = {
      "",
      "Hello, world! 0123 </s><x>ab",
      std::string_view("a\0b\xff\xf0\x9f\x98 \xe2\x96\x81", 12),
      "\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 e\xcc\x81 "
      "\xd7\xa9\xd7\x9c    \n\t x",
  };
  auto size = int32_t(tokenizer.vocabularySize());
  for (std::string_view text : kTexts)
    for (uint32_t flags : {0u, unsigned(SWAGE_ENCODE_ADD_SPECIAL |
                                        SWAGE_ENCODE_PARSE_SPECIAL)}) {
      swage_status_t status = {};
      auto ids = tokenizer.encode(text, flags, &status);
      if (!ids) {
        if (!status.message[0])
          abort();
        continue;
      }
      for (int32_t id : *ids)
        if (id < 0 || id >= size)
          abort();
      tokenizer.decode(*ids, SWAGE_DECODE_SKIP_SPECIAL);
    }
  std::vector<int32_t> all = {-1, size, INT32_MAX};
  for (int32_t id = 0; id < std::min(size, 1024); ++id)
    all.push_back(id);
  tokenizer.decode(all);
}

} // namespace swage::test

#endif // SWAGE_TEST_FUZZ_TOKENIZERUSE_H
