//===- DiskTest.cpp - A disk that is full, at any call -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C library's functions that change files are replaced for this program by
// such as fail, or kill the process, when a test wants them to. Whichever call
// it is, the older file must stay as it is; and of calls that fail, nothing
// may.
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/Image.h"
#include "compiler/artifact/Writer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace swage::artifact;

/// Calls until one fails; negative for never.
static std::atomic<int> callsLeft = -1;

/// Whether the process is killed there instead.
static bool kills = false;

/// Whether it is this call's turn.
static bool fails() {
  if (callsLeft < 0 || callsLeft-- != 0)
    return false;
  if (kills)
    raise(SIGKILL);
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

  std::string read() { return read(path); }
  static std::string read(const std::string &path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : "";
  }

  /// A writer of `path` that has written this and is not done.
  OutputFile begin(llvm::StringRef bytes) {
    OutputFile file = llvm::cantFail(OutputFile::create(path, bytes.size()));
    EXPECT_TRUE(file.write(0, llvm::arrayRefFromStringRef(bytes)));
    return file;
  }

  /// The name under which this process writes first.
  std::string temporary() { return path + ".tmp-" + std::to_string(getpid()); }

  /// How a process ends that does this.
  template <typename Work> static int statusOf(Work work) {
    pid_t child = fork();
    if (child == 0) {
      work();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
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

TEST_F(Disk, WhereverTheProcessIsKilledTheOlderFileStays) {
  std::ofstream(path) << "older";
  int call = 0;
  for (;; ++call) {
    int status = statusOf([&] {
      callsLeft = call;
      kills = true;
      llvm::cantFail(writeArtifact(path, makeArtifact()));
    });
    if (WIFEXITED(status))
      break;
    EXPECT_EQ(WTERMSIG(status), SIGKILL) << call;
    EXPECT_EQ(read(), "older") << call;
    // The next one removes what this one left.
    EXPECT_EQ(countFiles(), 2u) << call;
  }
  EXPECT_EQ(call, 7);
  EXPECT_GT(read().size(), size_t(9 << 20));
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(Disk, TwoWritersOfOneFileDoNotMeet) {
  OutputFile first = begin("first"), second = begin("the second");
  EXPECT_EQ(countFiles(), 2u);
  ASSERT_FALSE(bool(second.commit()));
  EXPECT_EQ(read(), "the second");
  ASSERT_FALSE(bool(first.commit()));
  EXPECT_EQ(read(), "first");
  EXPECT_EQ(countFiles(), 1u);
}

/// A process of another container may have this one's number.
TEST_F(Disk, AWriterOfTheSameNumberIsLeftAlone) {
  std::ofstream(temporary()) << "theirs";
  int theirs = open(temporary().c_str(), O_RDWR);
  ASSERT_EQ(flock(theirs, LOCK_EX), 0);
  OutputFile ours = begin("ours");
  EXPECT_EQ(read(temporary()), "theirs");
  ASSERT_FALSE(bool(ours.commit()));
  removeAbandoned(folder, "");
  EXPECT_EQ(read(temporary()), "theirs");
  close(theirs);
}

TEST_F(Disk, WhatNobodyWritesGoesWhoeverHasItsNumber) {
  std::ofstream(temporary()) << "left";
  std::ofstream(path + ".tmp-1") << "left";
  std::ofstream(path + ".tmp-1-2") << "left";
  std::ofstream(path + ".tmp-x") << "a user's";
  std::ofstream(path + "x.tmp-1") << "another file's";
  ASSERT_FALSE(bool(begin("ours").commit()));
  EXPECT_EQ(read(), "ours");
  EXPECT_EQ(countFiles(), 3u);
  removeAbandoned(folder, "");
  EXPECT_EQ(countFiles(), 2u);
}

TEST_F(Disk, AnArchiveAndItsHeaderAreBothNewOrBothOld) {
  std::string header = (folder + "/a.h").str();
  for (std::string older : {"older", ""}) {
    int call = 0;
    for (;; ++call) {
      for (const std::string &name : {path, header}) {
        std::remove(name.c_str());
        if (!older.empty())
          std::ofstream(name) << older;
      }
      OutputFile archive = begin("new");
      callsLeft = call;
      std::string message = llvm::toString(
          commitTogether(std::move(archive), header, "new header"));
      bool failed = callsLeft < 0;
      callsLeft = -1;
      if (!failed)
        break;
      EXPECT_NE(message.find("No space left on device"), std::string::npos)
          << call;
      EXPECT_EQ(read(), older) << call;
      EXPECT_EQ(read(header), older) << call;
      EXPECT_EQ(countFiles(), older.empty() ? 0u : 2u) << call;
    }
    // Size, bytes, disk and name of the header; disk, disk and name of the
    // archive.
    EXPECT_EQ(call, 7);
    EXPECT_EQ(read(), "new");
    EXPECT_EQ(read(header), "new header");
  }
}

/// A library's files leave the program's handlers alone.
TEST_F(Disk, NoHandlersUnlessTheProgramWantsThem) {
  EXPECT_EQ(statusOf([&] {
              OutputFile file = begin("ours");
              for (int signal = 1; signal < NSIG; ++signal) {
                struct sigaction action = {};
                if (sigaction(signal, nullptr, &action) == 0 &&
                    action.sa_handler != SIG_DFL &&
                    action.sa_handler != SIG_IGN)
                  _exit(signal);
              }
            }),
            0);
  int status = statusOf([&] {
    signal(SIGHUP, SIG_IGN);
    removeTemporariesOnSignals();
    OutputFile file = begin("ours");
    raise(SIGHUP);
    if (countFiles() != 1)
      _exit(1);
    raise(SIGTERM);
  });
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_EQ(countFiles(), 0u);
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
