//===- Link.cpp - From an object to a position-independent image ----------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lld/Common/Driver.h"
#include "targets/cpu/Serialize.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace swage::cpu {
namespace {

/// A file that is removed with this object; lld links files only.
class TemporaryFile {
public:
  static Expected<TemporaryFile> create() {
    TemporaryFile file;
    if (std::error_code error =
            sys::fs::createTemporaryFile("swage", "o", file.path))
      return createStringError(error,
                               "cannot make a temporary file for the "
                               "linker: %s",
                               error.message().c_str());
    return file;
  }
  TemporaryFile(TemporaryFile &&other) : path(std::move(other.path)) {
    other.path.clear();
  }
  ~TemporaryFile() {
    if (!path.empty())
      sys::fs::remove(path);
  }
  const char *c_str() { return path.c_str(); }

private:
  TemporaryFile() = default;
  SmallString<64> path;
};

Error writeFile(TemporaryFile &file, ArrayRef<char> bytes) {
  std::error_code error;
  raw_fd_ostream stream(file.c_str(), error);
  if (!error) {
    stream.write(bytes.data(), bytes.size());
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    return createStringError(error, "cannot write %s for the linker: %s",
                             file.c_str(), error.message().c_str());
  return Error::success();
}

Error runLinker(TemporaryFile &input, TemporaryFile &output) {
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
                        input.c_str(),
                        "-o",
                        output.c_str()};
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
  Expected<TemporaryFile> input = TemporaryFile::create();
  if (!input)
    return input.takeError();
  Expected<TemporaryFile> output = TemporaryFile::create();
  if (!output)
    return output.takeError();
  if (Error error = writeFile(*input, objectBytes))
    return error;
  if (Error error = runLinker(*input, *output))
    return error;
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer =
      MemoryBuffer::getFile(output->c_str(), /*IsText=*/false,
                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError(buffer.getError(), "cannot read %s back: %s",
                             output->c_str(),
                             buffer.getError().message().c_str());
  CodeSegment segment;
  segment.elf.assign((*buffer)->getBufferStart(), (*buffer)->getBufferEnd());
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
