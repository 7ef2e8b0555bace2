//===- SafeTensorsFile.h - One SafeTensors file --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSFILE_H
#define SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSFILE_H

#include "compiler/weights/TensorSource.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace swage::import {

/// A tensor and the range of its bytes in the file's data.
struct SafeTensorsEntry {
  weights::TensorInfo info;
  uint64_t begin, end;
};

/// What a SafeTensors header says. Bytes 0 to 7 of a file are the length of a
/// JSON object that follows, and the data follows that:
///
///   {"name": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}, ...}
///
/// The ranges tile the data: no overlap, no gap, nothing behind the last.
struct SafeTensorsHeader {
  /// In the order of their data.
  std::vector<SafeTensorsEntry> entries;
  /// Where the data starts.
  uint64_t dataOffset = 0;

  /// Checks everything that can be wrong with `bytes`, all of a file, and
  /// reports every problem found.
  static llvm::Expected<SafeTensorsHeader> parse(llvm::StringRef file,
                                                 llvm::StringRef bytes);
};

/// A mapped file with a valid header.
class SafeTensorsFile {
public:
  static llvm::Expected<std::unique_ptr<SafeTensorsFile>>
  open(llvm::StringRef path);

  llvm::ArrayRef<SafeTensorsEntry> getEntries() const { return header.entries; }

  llvm::ArrayRef<uint8_t> getBytes(const SafeTensorsEntry &entry) const {
    auto *data = reinterpret_cast<const uint8_t *>(buffer->getBufferStart());
    return {data + header.dataOffset + entry.begin, entry.end - entry.begin};
  }

private:
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  SafeTensorsHeader header;
};

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_SAFETENSORS_SAFETENSORSFILE_H
