//===- Link.cpp - From an object to a position-independent image ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lld/Common/Driver.h"
#include "targets/cpu/Serialize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace swage::cpu {
namespace {

/// An open file without a name in any folder, so that nothing is left of it
/// however the process ends. lld, which takes names only, finds it in /proc.
class NamelessFile {
public:
  explicit NamelessFile(int descriptor)
      : descriptor(descriptor),
        path("/proc/self/fd/" + std::to_string(descriptor)) {}
  NamelessFile(const NamelessFile &) = delete;
  ~NamelessFile() {
    if (descriptor >= 0)
      close(descriptor);
  }
  int get() const { return descriptor; }
  const char *c_str() const { return path.c_str(); }

private:
  int descriptor;
  std::string path;
};

Error fail(const Twine &what) {
  return createStringError(what + " for the linker: " + strerror(errno));
}

/// Reads what comes until `done` says that this is all. The end of the pipe
/// would not: a process that is forked meanwhile has its other end, too.
void readUntil(int done, int source, SmallVectorImpl<char> &bytes) {
  char piece[1 << 16];
  pollfd waits[] = {{source, POLLIN, 0}, {done, POLLIN, 0}};
  for (;;) {
    if (poll(waits, 2, /*timeout=*/-1) < 0)
      continue;
    if (waits[0].revents & POLLIN) {
      ssize_t count = read(source, piece, sizeof(piece));
      bytes.append(piece, piece + std::max<ssize_t>(count, 0));
    } else if (waits[1].revents) {
      return;
    }
  }
}

Error runLinker(const char *input, const char *output) {
  const char *args[] = {"ld.lld",
                        "-shared",
                        "--strip-all",
                        "--no-undefined",
                        "-Bsymbolic",
                        "-ztext",
                        "--build-id=none",
                        "--hash-style=sysv",
                        "--threads=1",
                        "-znoseparate-code",
                        "-znorelro",
                        "-znognustack",
                        "--no-eh-frame-hdr",
                        input,
                        "-o",
                        output};
  std::string log;
  raw_string_ostream stream(log);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  // The linker keeps its state in globals.
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  lld::Result result = lld::lldMain(args, stream, stream, drivers);
  if (result.retCode == 0)
    return Error::success();
  return createStringError("the kernels do not link to an image without "
                           "imports: %s",
                           StringRef(log).trim().str().c_str());
}

/// Refuses whatever a loader would have to resolve or relocate.
Error checkSelfContained(const object::ELFObjectFileBase &elf) {
  for (const object::ELFSymbolRef symbol : elf.getDynamicSymbolIterators()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if ((*flags & object::SymbolRef::SF_Undefined) && !name->empty())
      return createStringError("the image imports '%s', and kernels may call "
                               "nothing outside their segment",
                               name->str().c_str());
  }
  for (const object::SectionRef &section : elf.sections()) {
    for (const object::RelocationRef &relocation : section.relocations()) {
      object::symbol_iterator symbol = relocation.getSymbol();
      Expected<StringRef> name = symbol == elf.symbol_end()
                                     ? Expected<StringRef>("(no symbol)")
                                     : symbol->getName();
      if (!name)
        return name.takeError();
      return createStringError(
          "the image needs a relocation of type %llu at address %llu for "
          "'%s', and the loader applies none",
          (unsigned long long)relocation.getType(),
          (unsigned long long)relocation.getOffset(), name->str().c_str());
    }
  }
  return Error::success();
}

Expected<std::vector<KernelAddress>>
findKernels(const object::ELFObjectFileBase &elf) {
  std::vector<KernelAddress> kernels;
  for (const object::ELFSymbolRef symbol : elf.getDynamicSymbolIterators()) {
    Expected<StringRef> name = symbol.getName();
    Expected<uint64_t> address = symbol.getAddress();
    if (!name)
      return joinErrors(name.takeError(), address.takeError());
    if (!address)
      return address.takeError();
    if (!name->empty() && symbol.getELFType() == ELF::STT_FUNC)
      kernels.push_back({name->str(), *address});
  }
  llvm::sort(kernels, [](const KernelAddress &a, const KernelAddress &b) {
    return a.name < b.name;
  });
  return kernels;
}

} // namespace

Expected<CodeSegment> linkImage(ArrayRef<char> objectBytes) {
  NamelessFile input(memfd_create("kernels.o", MFD_CLOEXEC));
  if (input.get() < 0)
    return fail("cannot make a file");
  raw_fd_ostream stream(input.get(), /*shouldClose=*/false);
  stream.write(objectBytes.data(), objectBytes.size());
  stream.flush();
  if (std::error_code error = stream.error()) {
    stream.clear_error();
    return createStringError(error, "cannot write the kernels for the linker");
  }
  // Into a pipe, lld writes the image in one go and makes no file of its own.
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return fail("cannot make a pipe");
  NamelessFile source(ends[0]), sink(ends[1]);
  NamelessFile done(eventfd(0, EFD_CLOEXEC));
  if (done.get() < 0)
    return fail("cannot make an event");
  CodeSegment segment;
  std::thread reader([&] { readUntil(done.get(), source.get(), segment.elf); });
  Error linked = runLinker(input.c_str(), sink.c_str());
  eventfd_write(done.get(), 1);
  reader.join();
  if (linked)
    return linked;
  Expected<std::unique_ptr<object::ObjectFile>> file =
      object::ObjectFile::createELFObjectFile(MemoryBufferRef(
          StringRef(segment.elf.data(), segment.elf.size()), "image"));
  if (!file)
    return file.takeError();
  auto &elf = cast<object::ELFObjectFileBase>(**file);
  if (Error error = checkSelfContained(elf))
    return error;
  Expected<std::vector<KernelAddress>> kernels = findKernels(elf);
  if (!kernels)
    return kernels.takeError();
  segment.kernels = std::move(*kernels);
  return segment;
}

} // namespace swage::cpu
