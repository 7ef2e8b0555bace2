//===- GgufFile.h - One GGUF file ----------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_GGUF_GGUFFILE_H
#define SWAGE_COMPILER_IMPORT_GGUF_GGUFFILE_H

#include "compiler/weights/Dtype.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace swage::import {

/// How every file starts.
inline constexpr llvm::StringLiteral kGgufMagic = "GGUF";

/// A tensor as the header describes it.
struct GgufTensor {
  std::string name;
  /// GGML's number of the element type.
  uint32_t type;
  /// Outermost first, so the reverse of how the file states it.
  llvm::SmallVector<int64_t, 4> shape;
  /// First byte, from the start of the data.
  uint64_t offset;

  /// GGML's name of the type, for example "Q4_K".
  std::string getTypeName() const;
  /// The type that a weight of a model can have, else none.
  std::optional<weights::Dtype> getDtype() const;
};

/// What a GGUF header says: magic "GGUF", version (2 and 3 differ in nothing
/// that is read here), key-value metadata, a list of tensors. The data follows,
/// aligned to `general.alignment`. All numbers are little-endian.
struct GgufHeader {
  /// Integers are kept as they are; a 32-bit float is the shortest decimal that
  /// stands for it, so that 1e-6 is what a config.json says too.
  llvm::StringMap<nlohmann::json> metadata;
  std::vector<GgufTensor> tensors;
  /// Where the data starts.
  uint64_t dataOffset = 0;

  /// Checks everything that can be wrong with `bytes`, all of a file. Ranges of
  /// tensors of types that no weight can have are not checked.
  static llvm::Expected<GgufHeader> parse(llvm::StringRef file,
                                          llvm::StringRef bytes);
};

/// True if the file at `path` starts as GGUF files do.
bool isGgufFile(llvm::StringRef path);

/// A mapped file with a valid header.
class GgufFile {
public:
  static llvm::Expected<std::unique_ptr<GgufFile>> open(llvm::StringRef path);

  const std::string &getPath() const { return path; }
  llvm::ArrayRef<GgufTensor> getTensors() const { return header.tensors; }

  /// The tensor of that name, or null.
  const GgufTensor *findTensor(llvm::StringRef name) const;

  /// The value of a key, or null.
  const nlohmann::json *find(llvm::StringRef key) const {
    auto found = header.metadata.find(key);
    return found == header.metadata.end() ? nullptr : &found->second;
  }

  /// All keys, in alphabetical order.
  std::vector<llvm::StringRef> getKeys() const;

  /// The first byte of a tensor.
  const uint8_t *getData(const GgufTensor &tensor) const {
    return reinterpret_cast<const uint8_t *>(buffer->getBufferStart()) +
           header.dataOffset + tensor.offset;
  }

private:
  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  GgufHeader header;
  llvm::StringMap<size_t> byName;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_GGUF_GGUFFILE_H
