//===- ElfImage.cpp - Machine code from an artifact, made executable ------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/drivers/cpu/ElfImage.h"
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using ull = unsigned long long;

namespace swage::runtime {

#if defined(__x86_64__)
static constexpr uint16_t kMachine = EM_X86_64;
#else
static constexpr uint16_t kMachine = EM_AARCH64;
#endif

/// More than any artifact's code needs, so that sums of addresses and sizes
/// cannot overflow.
static constexpr uint64_t kMaxAddress = uint64_t(1) << 32;

ElfImage::~ElfImage() {
  if (base)
    munmap(base, span);
}

size_t ElfImage::programHeaders() const {
  return reinterpret_cast<const Elf64_Ehdr *>(elf)->e_phnum;
}

Elf64_Phdr ElfImage::programHeader(size_t index) const {
  const auto *header = reinterpret_cast<const Elf64_Ehdr *>(elf);
  Elf64_Phdr segment;
  memcpy(&segment, elf + header->e_phoff + index * sizeof(segment),
         sizeof(segment));
  return segment;
}

Code ElfImage::checkHeader(swage_status_t *status) const {
  if (elfSize < sizeof(Elf64_Ehdr))
    return fail(status, SWAGE_DATA_LOSS,
                "have code of %llu bytes, require at least %zu for an ELF "
                "header",
                ull(elfSize), sizeof(Elf64_Ehdr));
  const auto &header = *reinterpret_cast<const Elf64_Ehdr *>(elf);
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN)
    return fail(status, SWAGE_DATA_LOSS,
                "the code is not a 64-bit little-endian ELF shared object");
  if (header.e_machine != kMachine)
    return fail(status, SWAGE_UNSUPPORTED,
                "have code for ELF machine %u, require %u", header.e_machine,
                kMachine);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff > elfSize ||
      header.e_phnum > (elfSize - header.e_phoff) / sizeof(Elf64_Phdr))
    return fail(status, SWAGE_DATA_LOSS,
                "have %u ELF program headers at %llu, require them in %llu "
                "bytes",
                header.e_phnum, ull(header.e_phoff), ull(elfSize));
  return SWAGE_OK;
}

Code ElfImage::checkSegment(const Elf64_Phdr &segment, swage_status_t *status) {
  if (segment.p_type == PT_TLS || segment.p_type == PT_INTERP)
    return fail(status, SWAGE_DATA_LOSS,
                "have ELF segment type %u in the code, require none",
                segment.p_type);
  if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC)
    return SWAGE_OK;
  if (segment.p_offset > elfSize ||
      segment.p_filesz > elfSize - segment.p_offset ||
      segment.p_filesz > segment.p_memsz || segment.p_vaddr > kMaxAddress ||
      segment.p_memsz > kMaxAddress)
    return fail(status, SWAGE_DATA_LOSS,
                "have an ELF segment of %llu bytes at %llu, require it in "
                "%llu bytes",
                ull(segment.p_filesz), ull(segment.p_offset), ull(elfSize));
  if (segment.p_type == PT_DYNAMIC)
    return checkDynamic(segment, status);
  if ((segment.p_flags & PF_W) && (segment.p_flags & PF_X))
    return fail(status, SWAGE_DATA_LOSS,
                "have a writable ELF code segment, require read-only code");
  uint64_t start = segment.p_vaddr & ~(pageSize - 1);
  if (start < span)
    return fail(status, SWAGE_UNSUPPORTED,
                "have an ELF segment at %llu, require ascending segments that "
                "share no page of %llu bytes",
                ull(segment.p_vaddr), ull(pageSize));
  span = alignUp(segment.p_vaddr + segment.p_memsz, pageSize);
  return SWAGE_OK;
}

Code ElfImage::checkDynamic(const Elf64_Phdr &segment,
                            swage_status_t *status) const {
  for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz;
       at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry;
    memcpy(&entry, elf + segment.p_offset + at, sizeof(entry));
    const char *what = nullptr;
    switch (entry.d_tag) {
    case DT_NULL:
      return SWAGE_OK;
    case DT_NEEDED:
      what = "an import";
      break;
    case DT_RELA:
    case DT_REL:
    case DT_JMPREL:
    case DT_RELASZ:
    case DT_RELSZ:
    case DT_PLTRELSZ:
    case 35: // DT_RELRSZ
    case 36: // DT_RELR
      what = "dynamic relocations";
      break;
    case DT_INIT:
    case DT_FINI:
    case DT_INIT_ARRAY:
    case DT_FINI_ARRAY:
      what = "initializers";
      break;
    default:
      break;
    }
    if (what)
      return fail(status, SWAGE_DATA_LOSS,
                  "have %s in the code (dynamic tag %lld), require none", what,
                  (long long)entry.d_tag);
  }
  return SWAGE_OK;
}

Code ElfImage::mapSegment(const Elf64_Phdr &segment, int file, uint64_t offset,
                          swage_status_t *status) {
  uint64_t inPage = segment.p_vaddr & (pageSize - 1);
  uint64_t length = alignUp(segment.p_memsz + inPage, pageSize);
  uint8_t *start = base + (segment.p_vaddr - inPage);
  // Nothing stores into an image, so its data is read-only as well.
  int protection = PROT_READ | (segment.p_flags & PF_X ? PROT_EXEC : 0);
  uint64_t fileOffset = offset + segment.p_offset - inPage;
  bool fits = segment.p_filesz == segment.p_memsz &&
              inPage <= segment.p_offset && fileOffset % pageSize == 0;
  if (length == 0)
    return SWAGE_OK;
  if (file >= 0 && fits &&
      mmap(start, length, protection, MAP_PRIVATE | MAP_FIXED, file,
           off_t(fileOffset)) != MAP_FAILED)
    return SWAGE_OK;
  // From memory, or from a file system that does not let code run.
  if (mmap(start, length, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "cannot reserve %llu bytes for code: %s", ull(length),
                strerror(errno));
  memcpy(start + inPage, elf + segment.p_offset, segment.p_filesz);
  if (mprotect(start, length, protection) != 0)
    return fail(status, SWAGE_UNSUPPORTED, "cannot make code executable: %s",
                strerror(errno));
  if (protection & PROT_EXEC)
    __builtin___clear_cache(reinterpret_cast<char *>(start),
                            reinterpret_cast<char *>(start + length));
  return SWAGE_OK;
}

Code ElfImage::load(const uint8_t *bytes, uint64_t size, int file,
                    uint64_t offset, swage_status_t *status) {
  elf = bytes;
  elfSize = size;
  pageSize = uint64_t(sysconf(_SC_PAGESIZE));
  if (Code code = checkHeader(status))
    return code;
  for (size_t i = 0; i < programHeaders(); ++i)
    if (Code code = checkSegment(programHeader(i), status))
      return code;
  if (span == 0)
    return fail(status, SWAGE_DATA_LOSS,
                "have no ELF load segment, require "
                "one");
  void *memory = mmap(nullptr, span, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return fail(status, SWAGE_OUT_OF_MEMORY,
                "cannot reserve %llu bytes for code: %s", ull(span),
                strerror(errno));
  base = static_cast<uint8_t *>(memory);
  for (size_t i = 0; i < programHeaders(); ++i) {
    Elf64_Phdr segment = programHeader(i);
    if (segment.p_type != PT_LOAD)
      continue;
    if (Code code = mapSegment(segment, file, offset, status))
      return code;
  }
  return SWAGE_OK;
}

const void *ElfImage::code(uint64_t address) const {
  for (size_t i = 0; i < programHeaders(); ++i) {
    Elf64_Phdr segment = programHeader(i);
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) &&
        address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return base + address;
  }
  return nullptr;
}

} // namespace swage::runtime
