//===- Serialize.h - From the LLVM dialect to a code segment --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The code segment of an artifact is an ELF shared object that a loader only
// has to map: it imports nothing and needs no relocation. Its bytes depend on
// the module and the target alone.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_SERIALIZE_H
#define SWAGE_TARGETS_CPU_SERIALIZE_H

#include "mlir/IR/BuiltinOps.h"
#include "targets/cpu/Capabilities.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace swage::cpu {

/// Where a kernel starts in the image.
struct KernelAddress {
  std::string name;
  uint64_t address; ///< virtual, relative to where the image is mapped
};

/// A linked image and its kernels, sorted by name.
struct CodeSegment {
  llvm::SmallVector<char, 0> elf;
  std::vector<KernelAddress> kernels;
};

/// Compiles a module of the LLVM dialect (see `buildLowerToLLVMPipeline`).
llvm::Expected<CodeSegment> serialize(mlir::ModuleOp module,
                                      const Capabilities &target);

/// Optimized LLVM IR as text.
llvm::Expected<std::string> emitLLVM(mlir::ModuleOp module,
                                     const Capabilities &target);
/// Assembly as text.
llvm::Expected<std::string> emitAssembly(mlir::ModuleOp module,
                                         const Capabilities &target);
/// A relocatable ELF object.
llvm::Expected<llvm::SmallVector<char, 0>>
emitObject(mlir::ModuleOp module, const Capabilities &target);

/// A relocatable ELF object to be linked into a program. It defines one symbol,
/// `table`: the addresses of `kernels`, in order. The kernels themselves are
/// local, so that several models fit into one program.
llvm::Expected<llvm::SmallVector<char, 0>>
emitLinkedObject(mlir::ModuleOp module, const Capabilities &target,
                 llvm::ArrayRef<std::string> kernels, llvm::StringRef table);

/// Links one object to an image as above. An import or a relocation that would
/// remain is an error that names the symbol.
llvm::Expected<CodeSegment> linkImage(llvm::ArrayRef<char> object);

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_SERIALIZE_H
