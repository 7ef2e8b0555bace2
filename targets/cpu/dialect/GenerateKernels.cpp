//===- GenerateKernels.cpp - Build the code of CPU kernels ----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "targets/cpu/Attention.h"
#include "targets/cpu/Kernels.h"
#include "targets/cpu/MoeKernels.h"
#include "targets/cpu/dialect/CpuDialect.h"
#include "targets/cpu/dialect/KernelFromOp.h"
#include "targets/cpu/dialect/Passes.h"

namespace swage::cpu {
#define GEN_PASS_DEF_GENERATEKERNELS
#include "targets/cpu/dialect/Passes.h.inc"
} // namespace swage::cpu

using namespace mlir;
using namespace swage;
using namespace swage::cpu;

std::string cpu::codeName(schedule::ProgramOp program, size_t level) {
  std::string name = (program.getSymName() + "_code").str();
  return level == 0 ? name : name + "_" + std::to_string(level);
}

/// Calls the strategy that a specification is for.
static void build(OpBuilder &builder, Location loc, StringRef name,
                  const KernelSpec &spec, const Capabilities &capabilities) {
  if (auto *embedding = std::get_if<EmbeddingSpec>(&spec))
    buildEmbedding(builder, loc, name, *embedding, capabilities);
  else if (auto *norm = std::get_if<RmsNormSpec>(&spec))
    buildRmsNorm(builder, loc, name, *norm, capabilities);
  else if (auto *norm = std::get_if<LayerNormSpec>(&spec))
    buildLayerNorm(builder, loc, name, *norm, capabilities);
  else if (auto *copy = std::get_if<CopyRowsSpec>(&spec))
    buildCopyRows(builder, loc, name, *copy, capabilities);
  else if (auto *permute = std::get_if<PermuteColumnsSpec>(&spec))
    buildPermuteColumns(builder, loc, name, *permute, capabilities);
  else if (auto *quantize = std::get_if<QuantizeRowsSpec>(&spec))
    buildQuantizeRows(builder, loc, name, *quantize, capabilities);
  else if (auto *add = std::get_if<AddRowsSpec>(&spec))
    buildAddRows(builder, loc, name, *add, capabilities);
  else if (auto *linear = std::get_if<LinearSpec>(&spec))
    buildLinear(builder, loc, name, *linear, capabilities);
  else if (auto *route = std::get_if<RouteSpec>(&spec))
    buildRoute(builder, loc, name, *route, capabilities);
  else if (auto *grouped = std::get_if<GroupedLinearSpec>(&spec))
    buildGroupedLinear(builder, loc, name, *grouped, capabilities);
  else if (auto *combine = std::get_if<CombineSpec>(&spec))
    buildCombine(builder, loc, name, *combine, capabilities);
  else
    buildAttention(builder, loc, name, std::get<AttentionSpec>(spec),
                   capabilities);
}

namespace {

struct GenerateKernels
    : swage::cpu::impl::GenerateKernelsBase<GenerateKernels> {
  void runOnOperation() override {
    for (auto program : llvm::make_early_inc_range(
             getOperation().getOps<schedule::ProgramOp>()))
      for (auto [level, target] : llvm::enumerate(program.getAllTargets()))
        if (auto cpu = dyn_cast<TargetAttr>(target))
          if (failed(generate(program, cpu, codeName(program, level))))
            return signalPassFailure();
  }

  /// Appends the module `name` with the program's kernels for `target`.
  LogicalResult generate(schedule::ProgramOp program, TargetAttr target,
                         StringRef name) {
    Capabilities capabilities =
        llvm::cantFail(Capabilities::parse(target.getName()));
    auto builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto code = ModuleOp::create(builder, program.getLoc(), name);
    builder.setInsertionPointToStart(code.getBody());
    for (auto kernel : program.getOps<schedule::KernelOp>()) {
      FailureOr<KernelSpec> spec =
          kernelFromOp(kernel.getComputeOp(), kernel.getVariant());
      if (failed(spec))
        return failure();
      build(builder, kernel.getLoc(), kernel.getSymName(), *spec, capabilities);
      builder.setInsertionPointToEnd(code.getBody());
      ++numKernels;
    }
    return success();
  }
};

} // namespace
