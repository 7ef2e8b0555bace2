//===- CharsmapImport.cpp - SentencePiece's rules for rewriting text ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerParts.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace swage::import;

Expected<CharsmapParts> swage::import::readCharsmap(StringRef bytes) {
  // The trie's size in bytes, the trie, and the replacements up to the end.
  if (bytes.size() < 4)
    return createStringError("found " + Twine(bytes.size()) +
                             " bytes, want at least the 4 of the trie's size");
  uint32_t size = support::endian::read32le(bytes.data());
  StringRef trie = bytes.drop_front(4).take_front(size);
  if (size % 4 || size == 0 || trie.size() != size)
    return createStringError("found a trie of " + Twine(size) +
                             " bytes at byte 0, want a multiple of 4 up to " +
                             Twine(bytes.size() - 4) +
                             ", as so many bytes are left");
  CharsmapParts parts;
  for (size_t at = 0; at < size; at += 4)
    parts.trie.push_back(support::endian::read32le(trie.data() + at));
  parts.replacements = bytes.drop_front(4 + size).str();
  return parts;
}

Error swage::import::importPrecompiled(const JsonNode &node,
                                       NormalizerParts &step) {
  step.kind = schema::text::NormalizerStep::Precompiled;
  if (Error error = node.onlyKeys({"type", "precompiled_charsmap"}))
    return error;
  JsonNode charsmap = node["precompiled_charsmap"];
  auto encoded = charsmap.string();
  if (!encoded)
    return encoded.takeError();
  std::vector<char> bytes;
  if (Error error = decodeBase64(*encoded, bytes))
    return charsmap.error(toString(std::move(error)));
  auto parts = readCharsmap(StringRef(bytes.data(), bytes.size()));
  if (!parts)
    return charsmap.error(toString(parts.takeError()));
  step.charsmap = std::move(*parts);
  return Error::success();
}
