//===- Image.h - An artifact in memory -----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_IMAGE_H
#define SWAGE_COMPILER_ARTIFACT_IMAGE_H

#include "compiler/artifact/Artifact.h"

namespace swage::artifact {

/// The bytes of an artifact, for the runtime to load. The weights are those of
/// a file that has the same ones, so that they are neither copied nor packed
/// twice.
class Image {
public:
  /// All but the weights; in their place are zeros.
  static llvm::Expected<Image> create(const Artifact &artifact);
  Image(Image &&other)
      : memory(std::exchange(other.memory, nullptr)), bytes(other.bytes),
        weightsOffset(other.weightsOffset) {}
  Image &operator=(Image &&) = delete;
  ~Image();

  /// Maps the weights that begin at `offset`, a multiple of 65536, of a file.
  llvm::Error mapWeights(int file, uint64_t offset);

  const void *data() const { return memory; }
  uint64_t size() const { return bytes; }

private:
  Image(void *memory, uint64_t bytes, uint64_t weightsOffset)
      : memory(memory), bytes(bytes), weightsOffset(weightsOffset) {}

  void *memory;
  uint64_t bytes, weightsOffset;
};

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_IMAGE_H
