//===- Serialize.cpp - From the LLVM dialect to object code ---------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "targets/cpu/Serialize.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include <mutex>

using namespace llvm;

namespace swage::cpu {
namespace {

/// An LLVM module, optimized, and what owns it.
struct Compiled {
  std::unique_ptr<LLVMContext> context;
  std::unique_ptr<TargetMachine> machine;
  std::unique_ptr<Module> module;
};

Expected<std::unique_ptr<TargetMachine>>
makeMachine(const Capabilities &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
  });
  Triple triple(target.triple);
  std::string error;
  const Target *llvmTarget = TargetRegistry::lookupTarget(triple, error);
  if (!llvmTarget)
    return createStringError("target '%s': this LLVM cannot generate its code "
                             "(%s)",
                             target.name.c_str(), error.c_str());
  std::unique_ptr<TargetMachine> machine(llvmTarget->createTargetMachine(
      triple, target.cpu, target.features, TargetOptions(), Reloc::PIC_,
      CodeModel::Small, CodeGenOptLevel::Aggressive));
  if (!machine)
    return createStringError("target '%s': LLVM made no target machine",
                             target.name.c_str());
  return machine;
}

/// States for every function what it may use and that it never unwinds.
void setFunctionAttributes(Module &module, const Capabilities &target) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    // Loops must not become calls of memset or memcpy: there is no libc.
    function.addFnAttr("no-builtins");
    // Levels with 512 bits are tuned for 256 unless they are told otherwise.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.lanes * 32));
    function.addFnAttr(Attribute::NoUnwind);
    function.setAlignment(Align(64));
  }
}

void optimize(Module &module, TargetMachine &machine) {
  // Kernels are tiled and unrolled by their builders; doing it again only
  // spills registers.
  PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false;
  tuning.LoopInterleaving = false;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager cgscc;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3)
      .run(module, modules);
}

Expected<Compiled> compile(mlir::ModuleOp source, const Capabilities &target) {
  Compiled out;
  Expected<std::unique_ptr<TargetMachine>> machine = makeMachine(target);
  if (!machine)
    return machine.takeError();
  out.machine = std::move(*machine);
  out.context = std::make_unique<LLVMContext>();
  out.module = mlir::translateModuleToLLVMIR(source, *out.context, "kernels");
  if (!out.module)
    return createStringError("target '%s': the kernels have operations without "
                             "a translation to LLVM IR",
                             target.name.c_str());
  out.module->setTargetTriple(out.machine->getTargetTriple());
  out.module->setDataLayout(out.machine->createDataLayout());
  out.module->setPICLevel(PICLevel::BigPIC);
  setFunctionAttributes(*out.module, target);
  optimize(*out.module, *out.machine);
  return out;
}

Expected<SmallVector<char, 0>> emit(Compiled &compiled, CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  passes.add(
      new TargetLibraryInfoWrapperPass(compiled.machine->getTargetTriple()));
  if (compiled.machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("LLVM cannot emit this kind of file for %s",
                             compiled.machine->getTargetTriple().str().c_str());
  passes.run(*compiled.module);
  return bytes;
}

} // namespace

Expected<std::string> emitLLVM(mlir::ModuleOp module,
                               const Capabilities &target) {
  Expected<Compiled> compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  std::string text;
  raw_string_ostream stream(text);
  compiled->module->print(stream, nullptr);
  return text;
}

Expected<std::string> emitAssembly(mlir::ModuleOp module,
                                   const Capabilities &target) {
  Expected<Compiled> compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  Expected<SmallVector<char, 0>> bytes =
      emit(*compiled, CodeGenFileType::AssemblyFile);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}

Expected<SmallVector<char, 0>> emitObject(mlir::ModuleOp module,
                                          const Capabilities &target) {
  Expected<Compiled> compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  return emit(*compiled, CodeGenFileType::ObjectFile);
}

Expected<SmallVector<char, 0>> emitLinkedObject(mlir::ModuleOp module,
                                                const Capabilities &target,
                                                ArrayRef<std::string> kernels,
                                                StringRef table) {
  Expected<Compiled> compiled = compile(module, target);
  if (!compiled)
    return compiled.takeError();
  Module &code = *compiled->module;
  SmallVector<Constant *> addresses;
  for (const std::string &name : kernels) {
    Function *kernel = code.getFunction(name);
    if (!kernel)
      return createStringError("the code has no kernel '%s'; this is a defect "
                               "of the compiler",
                               name.c_str());
    addresses.push_back(kernel);
  }
  // What is left of the optimized module's own names is nobody else's.
  for (GlobalValue &value : code.global_values())
    if (!value.isDeclaration())
      value.setLinkage(GlobalValue::InternalLinkage);
  auto *type = ArrayType::get(PointerType::getUnqual(code.getContext()),
                              addresses.size());
  auto *variable = new GlobalVariable(
      code, type, /*isConstant=*/true, GlobalValue::ExternalLinkage,
      ConstantArray::get(type, addresses), table);
  variable->setVisibility(GlobalValue::HiddenVisibility);
  return emit(*compiled, CodeGenFileType::ObjectFile);
}

Expected<CodeSegment> serialize(mlir::ModuleOp module,
                                const Capabilities &target) {
  Expected<SmallVector<char, 0>> object = emitObject(module, target);
  if (!object)
    return object.takeError();
  return linkImage(*object);
}

} // namespace swage::cpu
