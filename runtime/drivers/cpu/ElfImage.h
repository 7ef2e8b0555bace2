//===- ElfImage.h - Machine code from an artifact, made executable --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler links kernels into an ELF shared object without imports,
// relocations or initializers, so loading is mapping. Pages are never writable
// and executable at once.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_DRIVERS_CPU_ELFIMAGE_H
#define SWAGE_RUNTIME_DRIVERS_CPU_ELFIMAGE_H

#include "runtime/core/Memory.h"
#include <elf.h>

namespace swage::runtime {

class ElfImage {
public:
  ElfImage() = default;
  ElfImage(const ElfImage &) = delete;
  ElfImage &operator=(const ElfImage &) = delete;
  ~ElfImage();

  /// Loads the ELF of `size` bytes at `bytes`. When they are also at `offset`
  /// in `file`, they are mapped from there, else (-1) copied.
  Code load(const uint8_t *bytes, uint64_t size, int file, uint64_t offset,
            swage_status_t *status);

  /// Where a code address of the ELF is; null if it is not in code.
  const void *code(uint64_t address) const;

private:
  Code checkHeader(swage_status_t *status) const;
  Code checkSegment(const Elf64_Phdr &segment, swage_status_t *status);
  Code checkDynamic(const Elf64_Phdr &segment, swage_status_t *status) const;
  Code mapSegment(const Elf64_Phdr &segment, int file, uint64_t offset,
                  swage_status_t *status);
  Elf64_Phdr programHeader(size_t index) const;
  size_t programHeaders() const;

  const uint8_t *elf = nullptr;
  uint64_t elfSize = 0;
  uint8_t *base = nullptr; ///< where address 0 of the ELF is
  uint64_t span = 0;
  uint64_t pageSize = 0;
};

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_DRIVERS_CPU_ELFIMAGE_H
