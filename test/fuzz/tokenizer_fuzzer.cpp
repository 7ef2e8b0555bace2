//===- tokenizer_fuzzer.cpp - Any bytes as tokenizer.json -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A zero byte ends tokenizer.json; what follows is tokenizer_config.json.
//
//===----------------------------------------------------------------------===//

#include "TemporaryFile.h"
#include "TokenizerUse.h"
#include "compiler/import/tokenizer/TokenizerImport.h"

/// Whatever the bytes are, there is an error or a tokenizer that works.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const swage::test::TemporaryFolder folder;
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  size_t end = bytes.find('\0');
  std::string_view rest =
      end == bytes.npos ? std::string_view("{}") : bytes.substr(end + 1);
  folder.write("tokenizer.json", bytes.substr(0, end));
  folder.write("tokenizer_config.json", rest);
  auto table = swage::import::importTokenizer(folder.path);
  if (!table) {
    if (llvm::toString(table.takeError()).empty())
      abort();
    return 0;
  }
  if (!*table)
    abort();
  auto tokenizer = swage::Tokenizer::create((*table)->data(), (*table)->size());
  // The importer has refused what the runtime would refuse.
  if (!tokenizer)
    abort();
  swage::test::useTokenizer(*tokenizer);
  return 0;
}
