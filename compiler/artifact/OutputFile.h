//===- OutputFile.h - A file that is there whole or not at all -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_ARTIFACT_OUTPUTFILE_H
#define SWAGE_COMPILER_ARTIFACT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace swage::artifact {

/// A file under a temporary name, NAME.tmp-PID, that takes its own when it is
/// committed and is removed otherwise. What a killed process left there is
/// removed by the next one that writes the same file.
class OutputFile {
public:
  /// Creates a file of `size` zeros beside `path`.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, uint64_t size);
  OutputFile(OutputFile &&other)
      : path(std::move(other.path)), temporary(std::move(other.temporary)),
        descriptor(std::exchange(other.descriptor, -1)) {}
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// Writes bytes at an offset; several threads may at once. False, with
  /// errno, if it fails.
  bool write(uint64_t offset, llvm::ArrayRef<uint8_t> bytes) const;

  /// The open file, for reading what was written.
  int getDescriptor() const { return descriptor; }

  /// Waits for the disk and renames the file.
  llvm::Error commit();

  /// "PATH: cannot VERB: ..." for an error number.
  llvm::Error fail(llvm::StringRef verb, int error) const;

private:
  OutputFile(std::string path, std::string temporary, int descriptor)
      : path(std::move(path)), temporary(std::move(temporary)),
        descriptor(descriptor) {}

  std::string path, temporary;
  int descriptor;
};

/// Removes the temporary files in `folder` whose names begin with `name`, and
/// whose processes are gone and hold no lock on them.
void removeAbandoned(llvm::StringRef folder, llvm::StringRef name);

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_OUTPUTFILE_H
