//===- OutputFile.cpp - A file that is there whole or not at all ---------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/artifact/OutputFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace swage::artifact {

/// Between a file's name and the process that writes it.
static constexpr char kTemporary[] = ".tmp-";

llvm::Error OutputFile::fail(llvm::StringRef verb, int error) const {
  return llvm::createStringError(path + ": cannot " + verb + ": " +
                                 strerror(error));
}

/// The process that writes a temporary file of that name, or 0.
static pid_t writerOf(llvm::StringRef name) {
  pid_t process = 0;
  auto [stem, number] = name.rsplit(kTemporary);
  return number.getAsInteger(10, process) ? 0 : process;
}

void removeAbandoned(llvm::StringRef folder, llvm::StringRef name) {
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(folder, error), end;
       it != end && !error; it.increment(error)) {
    llvm::StringRef found = llvm::sys::path::filename(it->path());
    pid_t writer = found.starts_with(name) ? writerOf(found) : 0;
    if (writer <= 0 || kill(writer, 0) == 0 || errno != ESRCH)
      continue;
    // A process of another container is not seen, but its lock is.
    int descriptor = open(it->path().c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
      continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      unlink(it->path().c_str());
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
  OutputFile file(name, name + kTemporary + std::to_string(getpid()), -1);
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
  llvm::sys::RemoveFileOnSignal(file.temporary);
  file.descriptor = open(file.temporary.c_str(),
                         O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
  if (file.descriptor < 0)
    return file.fail("create", errno);
  flock(file.descriptor, LOCK_EX | LOCK_NB);
  if (ftruncate(file.descriptor, off_t(size)) != 0)
    return file.fail("write", errno);
  return file;
}

OutputFile::~OutputFile() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporary.c_str());
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

llvm::Error OutputFile::commit() {
  if (fsync(descriptor) != 0)
    return fail("write", errno);
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return fail("write", errno);
  close(std::exchange(descriptor, -1));
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return llvm::Error::success();
}

} // namespace swage::artifact
