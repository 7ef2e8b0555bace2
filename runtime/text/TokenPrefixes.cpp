//===- TokenPrefixes.cpp - Which tokens a text starts with ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenPrefixes.h"

using namespace swage::text;

bool TokenPrefixes::create(const Vocabulary &tokens,
                           schema::text::TokenFlag flag) {
  vocabulary = &tokens;
  for (size_t id = 0; id < tokens.size(); ++id)
    if (tokens.has(id, flag) && tokens.bytes(id).size &&
        !sorted.append(int32_t(id)))
      return false;
  std::sort(sorted.begin(), sorted.end(), [&](int32_t a, int32_t b) {
    Span x = tokens.bytes(size_t(a)), y = tokens.bytes(size_t(b));
    int order = std::memcmp(x.data, y.data, std::min(x.size, y.size));
    return order ? order < 0 : x.size < y.size;
  });
  for (int32_t id : sorted)
    ++firstOf[static_cast<unsigned char>(*tokens.bytes(size_t(id)).data) + 1];
  for (size_t byte = 0; byte < 256; ++byte)
    firstOf[byte + 1] += firstOf[byte];
  return true;
}
