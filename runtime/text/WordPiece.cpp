//===- WordPiece.cpp - Longest match first --------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordPiece.h"
#include <algorithm>

using namespace swage::text;

void WordPiece::create(const schema::text::Tokenizer &model,
                       const Vocabulary &tokens) {
  vocabulary = &tokens;
  maximum = model.max_word_characters();
  if (auto *text = model.continuing_prefix())
    prefix = {text->c_str(), text->size()};
  if (auto *text = model.word_prefix())
    wordPrefix = {text->c_str(), text->size()};
}

bool WordPiece::encode(Span word, Array<int32_t> &out) const {
  size_t characters = 0;
  for (size_t at = 0; at < word.size; ++characters)
    at += nextUnit({word.data + at, word.size - at}).length;
  size_t before = out.size();
  Array<char> whole(out.memory()), spelled(out.memory());
  if (wordPrefix.size) {
    if (!whole.append(wordPrefix.data, wordPrefix.size) ||
        !whole.append(word.data, word.size))
      return false;
    word = {whole.data(), whole.size()};
  }
  bool known = characters <= maximum;
  for (size_t begin = 0; known && begin < word.size;) {
    size_t added = begin ? prefix.size : 0;
    size_t longest = vocabulary->longestToken();
    size_t room = longest > added ? longest - added : 0;
    size_t end = std::min(word.size - begin, room) + begin;
    while (end < word.size && isContinuation(word.data[end]))
      --end;
    spelled.clear();
    if (!spelled.append(prefix.data, added) ||
        !spelled.append(word.data + begin, end - begin))
      return false;
    int32_t id = -1;
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
