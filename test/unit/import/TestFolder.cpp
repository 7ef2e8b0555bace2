//===- TestFolder.cpp - A folder of small files made by a test -----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/import/TestFolder.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <gtest/gtest.h>

namespace swage::test {

TestFolder::TestFolder() {
  EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("swage-test", path));
}

TestFolder::~TestFolder() { llvm::sys::fs::remove_directories(path); }

void TestFolder::write(llvm::StringRef name, llvm::StringRef contents) const {
  std::error_code error;
  llvm::raw_fd_ostream stream(join(name), error);
  ASSERT_FALSE(error);
  stream << contents;
}

std::string readFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(bool(buffer)) << path.str();
  return buffer ? (*buffer)->getBuffer().str() : "";
}

std::string safeTensors(llvm::StringRef header, size_t dataBytes) {
  char length[8];
  llvm::support::endian::write64le(length, header.size());
  return std::string(length, 8) + header.str() + std::string(dataBytes, '\0');
}

std::string messages(llvm::Error error, const TestFolder &folder) {
  std::string text = llvm::toString(std::move(error));
  std::string prefix = folder.getPath().str() + "/";
  for (size_t at; (at = text.find(prefix)) != std::string::npos;)
    text.erase(at, prefix.size());
  return text;
}

} // namespace swage::test
