//===- ImportedTokenizer.h - What fuzzers do with tokenizer files ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_FUZZ_IMPORTEDTOKENIZER_H
#define SWAGE_TEST_FUZZ_IMPORTEDTOKENIZER_H

#include "TokenizerUse.h"
#include "compiler/import/tokenizer/TokenizerImport.h"

namespace swage::test {

/// Imports the tokenizer of a folder that has one: there is an error or a
/// tokenizer that works.
inline void importTokenizer(const std::string &folder) {
  auto table = swage::import::importTokenizer(folder);
  if (!table) {
    if (llvm::toString(table.takeError()).empty())
      abort();
    return;
  }
  if (!*table)
    abort();
  auto tokenizer = swage::Tokenizer::create((*table)->data(), (*table)->size());
  // The importer has refused what the runtime would refuse.
  if (!tokenizer)
    abort();
  useTokenizer(*tokenizer);
}

} // namespace swage::test

#endif // SWAGE_TEST_FUZZ_IMPORTEDTOKENIZER_H
