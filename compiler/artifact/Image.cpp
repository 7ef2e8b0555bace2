//===- Image.cpp - An artifact in memory ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Image.h"
#include "compiler/artifact/Table.h"
#include "compiler/artifact/Writer.h"
#include <cerrno>
#include <cstring>
#include <sys/mman.h>

namespace swage::artifact {

static llvm::Error cannotMap(uint64_t bytes) {
  return llvm::createStringError("cannot map %llu bytes of memory: %s",
                                 (unsigned long long)bytes, strerror(errno));
}

llvm::Expected<Image> Image::create(const Artifact &artifact) {
  Layout layout(artifact);
  layout.place(makeTable(artifact, layout).size());
  std::vector<uint8_t> front = makeFront(artifact, layout);
  void *memory = mmap(nullptr, layout.fileSize, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return cannotMap(layout.fileSize);
  std::memcpy(memory, front.data(), front.size());
  return Image(memory, layout.fileSize, front.size());
}

Image::~Image() {
  if (memory)
    munmap(memory, bytes);
}

llvm::Error Image::mapWeights(int file, uint64_t offset) {
  uint64_t size = bytes - weightsOffset;
  if (size && mmap(static_cast<char *>(memory) + weightsOffset, size, PROT_READ,
                   MAP_SHARED | MAP_FIXED, file, off_t(offset)) == MAP_FAILED)
    return cannotMap(size);
  return llvm::Error::success();
}

} // namespace swage::artifact
