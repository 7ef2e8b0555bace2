//===- KernelRunner.h - Compile kernels for this host and call them -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TEST_UNIT_CPU_KERNELRUNNER_H
#define SWAGE_TEST_UNIT_CPU_KERNELRUNNER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "targets/cpu/Capabilities.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace swage::cpu::test {

/// Maps an image as a loader does: its load segments, nothing else.
class MappedImage {
public:
  explicit MappedImage(llvm::ArrayRef<char> elf);
  ~MappedImage();
  MappedImage(const MappedImage &) = delete;
  MappedImage &operator=(const MappedImage &) = delete;
  char *base() const { return memory; }

private:
  char *memory = nullptr;
  size_t size = 0;
};

/// A module of kernels, compiled and mapped. Failures end the program.
class KernelRunner {
public:
  using Build = llvm::function_ref<void(mlir::OpBuilder &, mlir::Location)>;

  /// Compiles what `build` inserts.
  KernelRunner(const Capabilities &target, Build build);
  ~KernelRunner();

  /// Calls kernel `name` for the work items [begin, end).
  void run(const std::string &name, const std::vector<void *> &bindings,
           const std::vector<int64_t> &scalars, uint64_t begin, uint64_t end);

private:
  MappedImage *image;
  std::vector<std::pair<std::string, uint64_t>> kernels;
};

/// The capabilities of this machine.
const Capabilities &host();

/// Makes a module of what `build` inserts and lowers it to the LLVM dialect.
mlir::OwningOpRef<mlir::ModuleOp> buildLowered(mlir::MLIRContext &context,
                                               KernelRunner::Build build);

} // namespace swage::cpu::test

#endif // SWAGE_TEST_UNIT_CPU_KERNELRUNNER_H
