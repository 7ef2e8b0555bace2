//===- gguf_fuzzer.cpp - Any bytes as a GGUF file ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TemporaryFile.h"
#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/gguf/GgufTokenizer.h"
#include "compiler/import/huggingface/HuggingFace.h"
#include <cstdlib>

using namespace swage::import;

/// Reads each tensor whole and in part; every byte must be there.
static void readTensors(const swage::weights::TensorSource &source) {
  llvm::SmallVector<uint8_t, 0> scratch;
  static volatile uint8_t sum;
  for (const swage::weights::TensorInfo &tensor : source.getTensors()) {
    int64_t count = tensor.getNumElements();
    for (auto [first, end] :
         {std::pair(int64_t(0), count), std::pair(count / 3, count / 3 + 1)}) {
      const uint8_t *bytes = source.read(tensor, first, end - first, scratch);
      for (int64_t i = 0; i < (end - first) * getBytes(tensor.dtype); ++i)
        sum = sum + bytes[i];
    }
  }
}

/// Reads configuration, tensors and tokenizer of a file with a sound header;
/// each may fail.
static void readModel(llvm::StringRef bytes) {
  static const swage::test::TemporaryFolder folder;
  std::string path = folder.write("model.gguf", bytes);
  auto file = GgufFile::open(path);
  if (!file)
    abort();
  Problems problems;
  nlohmann::json config = readGgufConfig(**file, problems);
  if (!problems.hasErrors())
    readModelConfig(path, config, problems);
  auto source = openGgufTensors(std::move(*file), problems);
  if (source)
    readTensors(*source);
  llvm::consumeError(problems.takeErrors());
  auto tokenizer = importGgufTokenizer(path);
  if (!tokenizer)
    llvm::consumeError(tokenizer.takeError());
}

/// Whatever the bytes are, there is an error or every tensor that a model can
/// have lies in them.
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
    auto type = tensor.getDtype();
    if (!type)
      continue;
    uint64_t left = size - header->dataOffset;
    if (tensor.offset > left)
      abort();
    left -= tensor.offset;
    // Divides, so that nothing overflows.
    uint64_t elements = left / getBytes(*type) * getBlockElements(*type);
    for (int64_t extent : tensor.shape)
      elements /= uint64_t(extent);
    if (elements == 0)
      abort();
  }
  readModel(bytes);
  return 0;
}
