//===- TemporaryFile.h - Inputs of fuzzers as files -------------*- C++ -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_FUZZ_TEMPORARYFILE_H
#define SWAGE_TEST_FUZZ_TEMPORARYFILE_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace swage::test {

/// A folder in memory, where there is one, that goes with the program.
class TemporaryFolder {
public:
  TemporaryFolder() {
    bool inMemory = std::filesystem::is_directory("/dev/shm");
    path = std::string(inMemory ? "/dev/shm" : "/tmp") + "/swage-fuzz-XXXXXX";
    if (!mkdtemp(path.data()))
      abort();
  }
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }

  /// Writes a file and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    std::string file = path + "/" + std::string(name);
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

  std::string path;
};

} // namespace swage::test

#endif // SWAGE_TEST_FUZZ_TEMPORARYFILE_H
