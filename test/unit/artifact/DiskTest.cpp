//===- DiskTest.cpp - A disk that is full, at any call -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C library's functions that change files are replaced for this program by
// such as fail when a test wants them to. Whichever call fails, the older file
// must stay as it is, and nothing else may.
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Image.h"
#include "compiler/artifact/Writer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/types.h>

using namespace swage::artifact;

/// Calls until one fails; negative for never.
static std::atomic<int> callsLeft = -1;

/// Whether it is this call's turn.
static bool fails() {
  if (callsLeft < 0 || callsLeft-- != 0)
    return false;
  errno = ENOSPC;
  return true;
}

template <typename Function>
static Function *original(Function *, const char *name) {
  return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

extern "C" {
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) {
  // A full disk still takes a part.
  if (fails()) {
    original(pwrite, "pwrite")(file, bytes, size / 2, offset);
    errno = ENOSPC;
    return -1;
  }
  return original(pwrite, "pwrite")(file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) {
  return pwrite(file, bytes, size, offset);
}
int ftruncate(int file, off_t size) noexcept {
  return fails() ? -1 : original(ftruncate, "ftruncate")(file, size);
}
int ftruncate64(int file, off64_t size) noexcept {
  return ftruncate(file, size);
}
int fsync(int file) { return fails() ? -1 : original(fsync, "fsync")(file); }
int rename(const char *from, const char *to) noexcept {
  return fails() ? -1 : original(rename, "rename")(from, to);
}
}

namespace {

class Bytes : public swage::weights::Payload {
public:
  explicit Bytes(uint64_t size) : size(size) {}
  uint64_t getSize() const override { return size; }
  uint64_t getGranule() const override { return 256; }
  void write(uint64_t begin,
             llvm::MutableArrayRef<uint8_t> out) const override {
    for (uint8_t &byte : out)
      byte = uint8_t(begin++ * 31 >> 3);
  }

private:
  uint64_t size;
};

Artifact makeArtifact() {
  Weight weight;
  weight.name = "w";
  weight.encoding = weight.layout = "f32";
  weight.payload = std::make_shared<Bytes>(9 << 20);
  Program program;
  program.device = "cpu";
  program.weights = {weight};
  Artifact artifact;
  artifact.programs = {program};
  artifact.sections = {{"notes", {1, 2, 3}}};
  return artifact;
}

class Disk : public testing::Test {
protected:
  Disk() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("swage-test", folder));
    path = (folder + "/a.swg").str();
  }
  ~Disk() override {
    callsLeft = -1;
    llvm::sys::fs::remove_directories(folder);
  }

  std::string read() {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  size_t countFiles() {
    size_t count = 0;
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end;
         it.increment(error))
      ++count;
    return count;
  }

  llvm::SmallString<128> folder;
  std::string path;
};

} // namespace

TEST_F(Disk, EveryCallThatFailsLeavesTheOlderFile) {
  std::ofstream(path) << "older";
  int call = 0;
  for (;; ++call) {
    callsLeft = call;
    std::string message = llvm::toString(writeArtifact(path, makeArtifact()));
    bool failed = callsLeft < 0;
    callsLeft = -1;
    if (!failed)
      break;
    EXPECT_EQ(message, path + ": cannot write: No space left on device")
        << call;
    EXPECT_EQ(read(), "older") << call;
    EXPECT_EQ(countFiles(), 1u) << call;
  }
  // The size, three pieces of the weight, what is in front, the disk, the name.
  EXPECT_EQ(call, 7);
  EXPECT_GT(read().size(), size_t(9 << 20));
}

TEST_F(Disk, SectionsMayBeMadeOfTheWeights) {
  Artifact artifact = makeArtifact();
  WriteOptions options;
  options.onWeights = [&](int file, uint64_t offset) -> llvm::Error {
    // The weights of the file, where an artifact with the same ones has them.
    Artifact other = makeArtifact();
    other.sections.push_back({"more", std::vector<uint8_t>(100000)});
    llvm::Expected<Image> image = Image::create(other);
    if (!image)
      return image.takeError();
    auto *bytes = static_cast<const uint8_t *>(image->data());
    uint64_t start = image->size() - (9 << 20);
    EXPECT_EQ(bytes[start + 1000], 0);
    if (llvm::Error error = image->mapWeights(file, offset))
      return error;
    EXPECT_EQ(std::memcmp(bytes, "SWAGEART", 8), 0);
    artifact.sections[0].bytes = {bytes[start + 1000], bytes[start + 1001], 9};
    return llvm::Error::success();
  };
  ASSERT_FALSE(bool(writeArtifact(path, artifact, options)));
  std::string file = read(), section = "\x23\x26\x09";
  section[0] = char(uint8_t(1000 * 31 >> 3));
  section[1] = char(uint8_t(1001 * 31 >> 3));
  EXPECT_EQ(file.substr(65536, 3), section);
}

TEST_F(Disk, WhatASectionFailsWithEndsTheWriting) {
  std::ofstream(path) << "older";
  WriteOptions options;
  options.onWeights = [](int, uint64_t) {
    return llvm::createStringError("no result");
  };
  EXPECT_EQ(llvm::toString(writeArtifact(path, makeArtifact(), options)),
            "no result");
  EXPECT_EQ(read(), "older");
  EXPECT_EQ(countFiles(), 1u);
}
