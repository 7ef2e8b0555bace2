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

/// A file under a temporary name, NAME.tmp-PID or NAME.tmp-PID-N, that takes
/// its own when it is committed and is removed otherwise. As long as it is
/// written it is locked; what a killed process left is not, and is removed by
/// the next one that writes the same file.
class OutputFile {
public:
  /// Creates a file of `size` zeros beside `path`, which nobody else writes.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, uint64_t size);
  OutputFile(OutputFile &&other) noexcept
      : path(std::move(other.path)), temporary(std::move(other.temporary)),
        descriptor(std::exchange(other.descriptor, -1)) {}
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// Writes bytes at an offset; several threads may at once. False, with
  /// errno, if it fails.
  bool write(uint64_t offset, llvm::ArrayRef<uint8_t> bytes) const;

  /// The open file, for reading what was written.
  int getDescriptor() const { return descriptor; }

  /// Waits for the disk.
  llvm::Error flush() const;

  /// Waits for the disk and renames the file.
  llvm::Error commit();

  /// "PATH: cannot VERB: ..." for an error number.
  llvm::Error fail(llvm::StringRef verb, int error) const;

private:
  explicit OutputFile(std::string path) : path(std::move(path)) {}

  std::string path, temporary;
  int descriptor = -1;
};

/// Writes a whole file.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Commits `file` together with a small file of these contents: both are new
/// then, or, if anything fails, both are what they were.
llvm::Error commitTogether(OutputFile file, llvm::StringRef path,
                           llvm::StringRef contents);

/// Removes the temporary files in `folder` whose names begin with `name` and
/// that nobody writes.
void removeAbandoned(llvm::StringRef folder, llvm::StringRef name);

/// From now on, signals that end the process remove its temporary files. For
/// programs, whose handlers are theirs to set; a library leaves them alone.
/// Signals that are ignored, as under nohup, stay so.
void removeTemporariesOnSignals();

} // namespace swage::artifact

#endif // SWAGE_COMPILER_ARTIFACT_OUTPUTFILE_H
