//===- TestFolder.h - A folder of small files made by a test -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_IMPORT_TESTFOLDER_H
#define SWAGE_TEST_UNIT_IMPORT_TESTFOLDER_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace swage::test {

/// Removed with all it holds when it goes out of scope.
class TestFolder {
public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder &) = delete;
  TestFolder &operator=(const TestFolder &) = delete;

  llvm::StringRef getPath() const { return path; }
  std::string join(llvm::StringRef name) const {
    return (path + "/" + name).str();
  }
  void write(llvm::StringRef name, llvm::StringRef contents) const;

private:
  llvm::SmallString<128> path;
};

/// The whole of a file.
std::string readFile(llvm::StringRef path);

/// A SafeTensors file with this header.
std::string safeTensors(llvm::StringRef header, size_t dataBytes);

/// The messages of an error, with `folder` taken out of the paths.
std::string messages(llvm::Error error, const TestFolder &folder);

} // namespace swage::test

#endif // SWAGE_TEST_UNIT_IMPORT_TESTFOLDER_H
