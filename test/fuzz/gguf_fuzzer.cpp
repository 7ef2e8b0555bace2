//===- gguf_fuzzer.cpp - Any bytes as a GGUF file ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/GgufFile.h"
#include <cstdlib>

using swage::import::GgufHeader;
using swage::import::GgufTensor;

/// Whatever the bytes are, there is an error or every tensor of floating-point
/// numbers lies in them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  auto header = GgufHeader::parse("fuzz.gguf", bytes);
  if (!header) {
    if (llvm::toString(header.takeError()).empty())
      abort();
    return 0;
  }
  if (header->dataOffset > size)
    abort();
  for (const GgufTensor &tensor : header->tensors) {
    auto type = tensor.getFloatType();
    if (!type)
      continue;
    uint64_t left = size - header->dataOffset;
    if (tensor.offset > left)
      abort();
    left -= tensor.offset;
    // Divides, so that nothing overflows.
    uint64_t elements = left / getBytes(*type);
    for (int64_t extent : tensor.shape)
      elements /= uint64_t(extent);
    if (elements == 0)
      abort();
  }
  return 0;
}
