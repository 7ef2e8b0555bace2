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

#include "ImportedTokenizer.h"
#include "TemporaryFile.h"

/// Whatever the bytes are, there is an error or a tokenizer that works.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const swage::test::TemporaryFolder folder;
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  size_t end = bytes.find('\0');
  std::string_view rest =
      end == bytes.npos ? std::string_view("{}") : bytes.substr(end + 1);
  folder.write("tokenizer.json", bytes.substr(0, end));
  folder.write("tokenizer_config.json", rest);
  swage::test::importTokenizer(folder.path);
  return 0;
}
