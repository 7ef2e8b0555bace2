//===- SerializeTest.cpp - What a code segment may contain ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Serialize.h"
#include "mlir/Parser/Parser.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/Passes.h"
#include "test/unit/cpu/KernelRunner.h"
#include "llvm/Object/ELFObjectFile.h"
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace swage::cpu;
using namespace swage::cpu::test;

namespace {

Capabilities target(llvm::StringRef name) {
  return llvm::cantFail(Capabilities::parse(name));
}

/// The image of kernels that use constants, masks and exp.
CodeSegment gatedSegment(const Capabilities &caps) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module =
      buildLowered(context, [&](mlir::OpBuilder &b, mlir::Location loc) {
        for (RowVariant variant : {RowVariant::Many, RowVariant::One})
          buildLinear(b, loc, variant == RowVariant::One ? "a_one" : "b_many",
                      {variant,
                       70,
                       {40, 40},
                       Element::BF16,
                       Element::BF16,
                       Element::F16,
                       Epilogue::Gated,
                       true},
                      caps);
      });
  return llvm::cantFail(serialize(*module, caps));
}

/// Serializes a module of the LLVM dialect; returns the error.
std::string errorOf(llvm::StringRef source) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &context);
  EXPECT_TRUE(bool(module));
  llvm::Expected<CodeSegment> segment =
      serialize(*module, target("cpu:x86-64-v3"));
  return segment ? "no error" : llvm::toString(segment.takeError());
}

const char *const kTargets[] = {"cpu:x86-64-v3", "cpu:x86-64-v4",
                                "cpu:x86-64-v4+avx512bf16", "cpu:aarch64"};

TEST(Serialize, EveryTargetLinksToACleanImage) {
  for (const char *name : kTargets) {
    SCOPED_TRACE(name);
    CodeSegment segment = gatedSegment(target(name));
    ASSERT_EQ(segment.kernels.size(), 2u);
    EXPECT_EQ(segment.kernels[0].name, "a_one");
    EXPECT_EQ(segment.kernels[1].name, "b_many");
    for (const KernelAddress &kernel : segment.kernels)
      EXPECT_EQ(kernel.address % 64, 0u);
    auto file = llvm::cantFail(llvm::object::ObjectFile::createELFObjectFile(
        llvm::MemoryBufferRef({segment.elf.data(), segment.elf.size()}, "x")));
    EXPECT_TRUE(file->symbols().empty()) << "the image is not stripped";
    for (const llvm::object::SectionRef &section : file->sections()) {
      EXPECT_TRUE(section.relocations().empty());
      if (section.isText())
        EXPECT_EQ(section.getAddress() % 64, 0u);
    }
  }
}

TEST(Serialize, SameInputSameBytes) {
  for (const char *name : kTargets) {
    CodeSegment a = gatedSegment(target(name)), b = gatedSegment(target(name));
    EXPECT_TRUE(a.elf == b.elf) << name;
    llvm::StringRef bytes(a.elf.data(), a.elf.size());
    EXPECT_FALSE(bytes.contains("/tmp")) << "a path is in the image";
  }
}

/// The linker wants files, but none of them has a name that could stay behind,
/// and none needs a handler that would remove it.
TEST(Serialize, NeitherFilesNorHandlers) {
  const char *older = getenv("TMPDIR");
  std::string temporary = older ? older : "";
  setenv("TMPDIR", "/there/is/none", 1);
  auto handlers = [] {
    std::vector<void (*)(int)> all;
    for (int signal = 1; signal < NSIG; ++signal) {
      struct sigaction action = {};
      sigaction(signal, nullptr, &action);
      all.push_back(action.sa_handler);
    }
    return all;
  };
  auto before = handlers();
  EXPECT_EQ(gatedSegment(target("cpu:x86-64-v3")).kernels.size(), 2u);
  EXPECT_TRUE(handlers() == before);
  if (older)
    setenv("TMPDIR", temporary.c_str(), 1);
  else
    unsetenv("TMPDIR");
}

TEST(Serialize, ImportIsAnError) {
  std::string error = errorOf(R"mlir(
    llvm.func @memcpy(!llvm.ptr, !llvm.ptr, i64)
    llvm.func @k(%a: !llvm.ptr, %b: i64, %c: i64) {
      llvm.call @memcpy(%a, %a, %b) : (!llvm.ptr, !llvm.ptr, i64) -> ()
      llvm.return
    })mlir");
  EXPECT_NE(error.find("do not link to an image without imports"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("undefined symbol: memcpy"), std::string::npos) << error;
}

TEST(Serialize, RelocationIsAnError) {
  std::string error = errorOf(R"mlir(
    llvm.mlir.global external @table() : !llvm.ptr {
      %0 = llvm.mlir.addressof @k : !llvm.ptr
      llvm.return %0 : !llvm.ptr
    }
    llvm.func @k(%a: !llvm.ptr, %b: i64, %c: i64) {
      %0 = llvm.mlir.addressof @table : !llvm.ptr
      %1 = llvm.load volatile %0 : !llvm.ptr -> !llvm.ptr
      llvm.store %1, %a : !llvm.ptr, !llvm.ptr
      llvm.return
    })mlir");
  EXPECT_NE(error.find("the image needs a relocation of type"),
            std::string::npos)
      << error;
}

/// A loop that LLVM likes to turn into a call of memset.
TEST(Serialize, LoopsDoNotBecomeLibraryCalls) {
  std::string error = errorOf(R"mlir(
    llvm.func @k(%a: !llvm.ptr, %b: i64, %c: i64) {
      %zero = llvm.mlir.constant(0 : i8) : i8
      %one = llvm.mlir.constant(1 : i64) : i64
      llvm.br ^loop(%b : i64)
    ^loop(%i: i64):
      %p = llvm.getelementptr %a[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %zero, %p : i8, !llvm.ptr
      %next = llvm.add %i, %one : i64
      %more = llvm.icmp "slt" %next, %c : i64
      llvm.cond_br %more, ^loop(%next : i64), ^done
    ^done:
      llvm.return
    })mlir");
  EXPECT_EQ(error, "no error");
}

TEST(Serialize, TextForms) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  Capabilities caps = target("cpu:x86-64-v4+avx512bf16");
  auto module =
      buildLowered(context, [&](mlir::OpBuilder &b, mlir::Location loc) {
        buildLinear(b, loc, "k",
                    {RowVariant::One,
                     64,
                     {64},
                     Element::BF16,
                     Element::BF16,
                     Element::F32,
                     Epilogue::None,
                     false},
                    caps);
      });
  std::string ir = llvm::cantFail(emitLLVM(*module, caps));
  EXPECT_NE(ir.find("define void @k(ptr"), std::string::npos);
  EXPECT_EQ(ir.find("@k_body"), std::string::npos) << "not inlined";
  std::string assembly = llvm::cantFail(emitAssembly(*module, caps));
  EXPECT_NE(assembly.find("vdpbf16ps"), std::string::npos);
}

} // namespace
