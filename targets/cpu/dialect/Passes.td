//===- Passes.td - From schedule kernels to CPU code -----*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_DIALECT_PASSES
#define SWAGE_TARGETS_CPU_DIALECT_PASSES

include "mlir/Pass/PassBase.td"

def GenerateKernels : Pass<"swage-cpu-generate-kernels", "::mlir::ModuleOp"> {
  let summary = "build the code of each schedule kernel of CPU programs";
  let description = [{
    For each `schedule.program` whose target is a CPU, appends a nested module
    `@<program>_code` with one `func.func` for each `schedule.kernel`, of the
    same name, in the kernels' order, built by the strategy for the kernel's
    operation; for each further level of the program another, `@<program>_code_1`
    and so on. The program itself stays as it is.

    A kernel whose operation no strategy serves is an error at the operation.

    ```mlir
    schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v4"> {
      schedule.kernel @rms_norm_c256 variant many { ... }
    }
    // becomes, beside the program
    module @cpu_code {
      func.func @rms_norm_c256(%x: memref<...>, ...) { ... }
    }
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "kernels", "number of kernels built">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::mlir::x86vector::X86VectorDialect",
    "::mlir::amx::AMXDialect"];
}

#endif // SWAGE_TARGETS_CPU_DIALECT_PASSES
