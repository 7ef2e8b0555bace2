//===- KernelRunner.cpp - Compile kernels for this host and call them -----===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/cpu/KernelRunner.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "runtime/drivers/cpu/CpuFeatures.h"
#include "runtime/include/swage/cpu_kernel.h"
#include "targets/cpu/Passes.h"
#include "targets/cpu/Serialize.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <sys/mman.h>

namespace swage::cpu::test {

namespace {

[[noreturn]] void fail(const std::string &message) {
  llvm::report_fatal_error(llvm::StringRef(message), /*gen_crash_diag=*/false);
}

} // namespace

MappedImage::MappedImage(llvm::ArrayRef<char> elf) {
  Elf64_Ehdr header;
  std::memcpy(&header, elf.data(), sizeof header);
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  std::memcpy(segments.data(), elf.data() + header.e_phoff,
              segments.size() * sizeof(Elf64_Phdr));
  for (const Elf64_Phdr &s : segments)
    if (s.p_type == PT_LOAD)
      size = std::max<size_t>(size, s.p_vaddr + s.p_memsz);
  void *p = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    fail("cannot map the image");
  memory = static_cast<char *>(p);
  for (const Elf64_Phdr &s : segments)
    if (s.p_type == PT_LOAD)
      std::memcpy(memory + s.p_vaddr, elf.data() + s.p_offset, s.p_filesz);
  if (mprotect(memory, size, PROT_READ | PROT_EXEC) != 0)
    fail("cannot make the image executable");
}

MappedImage::~MappedImage() { munmap(memory, size); }

const Capabilities &host() {
  static const Capabilities caps = [] {
    llvm::Expected<Capabilities> parsed = Capabilities::parse("cpu");
    if (!parsed)
      fail(llvm::toString(parsed.takeError()));
    return *parsed;
  }();
  return caps;
}

mlir::OwningOpRef<mlir::ModuleOp> buildLowered(mlir::MLIRContext &context,
                                               KernelRunner::Build build) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  mlir::Location loc = mlir::UnknownLoc::get(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  build(builder, loc);
  if (mlir::failed(mlir::verify(*module)))
    fail("the kernels do not verify");
  mlir::PassManager manager(&context);
  buildLowerToLLVMPipeline(manager);
  if (mlir::failed(manager.run(*module)))
    fail("the kernels do not lower");
  return module;
}

KernelRunner::KernelRunner(const Capabilities &target, Build build) {
  for (const std::string &feature : target.required)
    if (!runtime::permitFeature(feature.c_str()))
      fail("the operating system does not permit " + feature);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = buildLowered(context, build);
  llvm::Expected<CodeSegment> segment = serialize(*module, target);
  if (!segment)
    fail(llvm::toString(segment.takeError()));
  image = new MappedImage(segment->elf);
  for (const KernelAddress &kernel : segment->kernels)
    kernels.push_back({kernel.name, kernel.address});
}

KernelRunner::~KernelRunner() { delete image; }

void KernelRunner::run(const std::string &name,
                       const std::vector<void *> &bindings,
                       const std::vector<int64_t> &scalars, uint64_t begin,
                       uint64_t end) {
  auto it = std::find_if(kernels.begin(), kernels.end(),
                         [&](auto &kernel) { return kernel.first == name; });
  if (it == kernels.end())
    fail("no kernel named " + name);
  auto kernel =
      reinterpret_cast<swage_cpu_kernel_t>(image->base() + it->second);
  // All bits set are NaN: a sum that starts from them shows.
  static char *scratch = [] {
    void *p = std::aligned_alloc(4096, SWAGE_CPU_SCRATCH_BYTES);
    return static_cast<char *>(std::memset(p, 0xff, SWAGE_CPU_SCRATCH_BYTES));
  }();
  swage_cpu_dispatch_t dispatch{bindings.data(), scalars.data(), scratch};
  kernel(&dispatch, begin, end);
}

} // namespace swage::cpu::test
