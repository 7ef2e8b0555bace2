//===- OutputFile.cpp - A file that is there whole or not at all ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace swage::artifact {

/// Between a file's name and the process that writes it.
static constexpr char kTemporary[] = ".tmp-";

static std::atomic<bool> removesOnSignals = false;

void removeTemporariesOnSignals() {
  llvm::SmallVector<int> ignored;
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) == 0 &&
        action.sa_handler == SIG_IGN)
      ignored.push_back(signal);
  }
  // Installs LLVM's handlers, which spare no signal.
  llvm::sys::SetInterruptFunction(nullptr);
  for (int signal : ignored)
    ::signal(signal, SIG_IGN);
  removesOnSignals = true;
}

llvm::Error OutputFile::fail(llvm::StringRef verb, int error) const {
  return llvm::createStringError(path + ": cannot " + verb + ": " +
                                 strerror(error));
}

/// Whether a file may have this name while it is written.
static bool isTemporary(llvm::StringRef name) {
  auto [stem, writer] = name.rsplit(kTemporary);
  return !writer.empty() &&
         writer.find_first_not_of("0123456789-") == llvm::StringRef::npos;
}

/// Locks an open file unless somebody else has. A file system without locks
/// has none that others hold either.
static bool lock(int descriptor) {
  return flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

/// Whether the open file still has this name. Once it is locked, nobody else
/// takes the name from it.
static bool isNamed(int descriptor, const std::string &name) {
  struct stat open, named;
  return fstat(descriptor, &open) == 0 && stat(name.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

void removeAbandoned(llvm::StringRef folder, llvm::StringRef name) {
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end;
       it != end && !error; it.increment(error)) {
    const std::string &path = it->path();
    llvm::StringRef found = llvm::sys::path::filename(path);
    if (!found.starts_with(name) || !isTemporary(found))
      continue;
    int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
      continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && isNamed(descriptor, path))
      unlink(path.c_str());
    close(descriptor);
  }
}

/// A new file that is locked, under a name of its own that begins with `stem`;
/// -1 with errno if there can be none.
static int createLocked(const std::string &stem, std::string &name) {
  for (unsigned number = 0;;) {
    name = stem + (number ? "-" + std::to_string(number) : "");
    int descriptor =
        open(name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    // Processes of several containers may have the same number.
    if (descriptor < 0 && errno == EEXIST) {
      ++number;
      continue;
    }
    if (descriptor < 0)
      return -1;
    // Before it was locked, somebody may have taken it for abandoned.
    if (lock(descriptor) && isNamed(descriptor, name))
      return descriptor;
    close(descriptor);
  }
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path,
                                              uint64_t size) {
  // A link stays one: what it points to is replaced. A device never is.
  llvm::SmallString<128> target(path);
  if (llvm::sys::fs::is_symlink_file(path))
    if (llvm::sys::fs::real_path(path, target))
      target = path; // To nothing: the link itself is replaced.
  std::string name(target.empty() ? path : target.str());
  OutputFile file(name);
  if (llvm::sys::fs::is_directory(name))
    return file.fail("write", EISDIR);
  llvm::sys::fs::file_status status;
  if (!llvm::sys::fs::status(name, status) && llvm::sys::fs::is_other(status))
    return llvm::createStringError(
        name + ": cannot write: found a device or pipe, expected a regular "
               "file or a free name");
  llvm::StringRef folder = llvm::sys::path::parent_path(name);
  removeAbandoned(folder.empty() ? "." : folder,
                  (llvm::sys::path::filename(name) + kTemporary).str());
  file.descriptor = createLocked(name + kTemporary + std::to_string(getpid()),
                                 file.temporary);
  if (file.descriptor < 0)
    return file.fail("create", errno);
  if (removesOnSignals)
    llvm::sys::RemoveFileOnSignal(file.temporary);
  if (ftruncate(file.descriptor, off_t(size)) != 0)
    return file.fail("write", errno);
  return file;
}

OutputFile::~OutputFile() {
  if (descriptor < 0)
    return;
  // The name is this file's as long as the file is locked.
  unlink(temporary.c_str());
  close(descriptor);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

bool OutputFile::write(uint64_t offset, llvm::ArrayRef<uint8_t> bytes) const {
  while (!bytes.empty()) {
    ssize_t written =
        pwrite(descriptor, bytes.data(), bytes.size(), off_t(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    offset += uint64_t(written);
    bytes = bytes.drop_front(size_t(written));
  }
  return true;
}

llvm::Error OutputFile::flush() const {
  return fsync(descriptor) == 0 ? llvm::Error::success() : fail("write", errno);
}

llvm::Error OutputFile::commit() {
  if (llvm::Error error = flush())
    return error;
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return fail("write", errno);
  close(std::exchange(descriptor, -1));
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return llvm::Error::success();
}

/// A file with these contents that is not committed yet.
static llvm::Expected<OutputFile> prepareFile(llvm::StringRef path,
                                              llvm::StringRef contents) {
  llvm::Expected<OutputFile> file = OutputFile::create(path, contents.size());
  if (file && !file->write(0, llvm::arrayRefFromStringRef(contents)))
    return file->fail("write", errno);
  return file;
}

llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents) {
  llvm::Expected<OutputFile> file = prepareFile(path, contents);
  return file ? file->commit() : file.takeError();
}

llvm::Error commitTogether(OutputFile file, llvm::StringRef path,
                           llvm::StringRef contents) {
  std::unique_ptr<llvm::MemoryBuffer> older;
  if (llvm::sys::fs::exists(path)) {
    auto read = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
    if (!read)
      return llvm::createStringError(
          path + ": cannot read: " + read.getError().message());
    older = std::move(*read);
  }
  llvm::Expected<OutputFile> companion = prepareFile(path, contents);
  if (!companion)
    return companion.takeError();
  // What a full disk refuses, it refuses before anything is renamed.
  if (llvm::Error error = file.flush())
    return error;
  if (llvm::Error error = companion->commit())
    return error;
  llvm::Error error = file.commit();
  if (!error)
    return error;
  if (older)
    return llvm::joinErrors(std::move(error),
                            writeFile(path, older->getBuffer()));
  if (std::error_code failure = llvm::sys::fs::remove(path))
    return llvm::joinErrors(
        std::move(error), llvm::createStringError(
                              path + ": cannot remove: " + failure.message()));
  return error;
}

} // namespace swage::artifact
