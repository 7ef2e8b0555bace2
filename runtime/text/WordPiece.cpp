//===- WordPiece.cpp - Longest match first --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordPiece.h"

using namespace swage::text;

void WordPiece::create(const schema::text::Tokenizer &model,
                       const Vocabulary &tokens) {
  vocabulary = &tokens;
  maximum = model.max_word_characters();
  if (auto *text = model.continuing_prefix())
    prefix = {text->c_str(), text->size()};
}

bool WordPiece::encode(Span word, Array<int32_t> &out) const {
  size_t characters = 0;
  for (size_t at = 0; at < word.size; ++characters)
    at += nextUnit({word.data + at, word.size - at}).length;
  size_t before = out.size();
  Array<char> spelled(out.memory());
  bool known = characters <= maximum;
  for (size_t begin = 0; known && begin < word.size;) {
    spelled.clear();
    size_t added = begin ? prefix.size : 0;
    if (!spelled.append(prefix.data, added) ||
        !spelled.append(word.data + begin, word.size - begin))
      return false;
    int32_t id = -1;
    size_t end = word.size;
    for (; end > begin; end = previousCharacter(word, end)) {
      id = vocabulary->find({spelled.data(), added + end - begin});
      if (id >= 0)
        break;
    }
    known = id >= 0;
    begin = end;
    if (known && !out.append(id))
      return false;
  }
  if (known)
    return true;
  while (out.size() > before)
    out.pop();
  UnknownRun run;
  return vocabulary->appendUnknown(word, run, out);
}
