//===- safetensors_fuzzer.cpp - Any bytes as a SafeTensors file ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/safetensors/SafeTensorsFile.h"
#include <cstdlib>

using swage::import::SafeTensorsEntry;
using swage::import::SafeTensorsHeader;

/// Whatever the bytes are, there is an error or every tensor lies in them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef bytes(reinterpret_cast<const char *>(data), size);
  auto header = SafeTensorsHeader::parse("fuzz.safetensors", bytes);
  if (!header) {
    if (llvm::toString(header.takeError()).empty())
      abort();
    return 0;
  }
  for (const SafeTensorsEntry &entry : header->entries)
    if (entry.begin > entry.end || header->dataOffset > size ||
        entry.end > size - header->dataOffset ||
        uint64_t(entry.info.getNumElements() * getBytes(entry.info.dtype)) !=
            entry.end - entry.begin)
      abort();
  return 0;
}
