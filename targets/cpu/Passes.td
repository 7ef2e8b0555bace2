//===- Passes.td - Passes of the CPU target ----------------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_PASSES
#define SWAGE_TARGETS_CPU_PASSES

include "mlir/Pass/PassBase.td"

def AbiWrapper : Pass<"swage-cpu-wrap-abi", "mlir::ModuleOp"> {
  let summary = "Give every public kernel the entry of the CPU kernel ABI";
  let description = [{
    A kernel comes in as a public `func.func` that takes its bindings as
    memrefs, then its scalars and its range of work items as `index`, and
    returns nothing. After the pass, an exported `llvm.func` of the same name
    has the signature of `swage/cpu_kernel.h`: it loads the bindings' addresses
    and the scalars from the dispatch, and calls the kernel, which became
    private, takes plain pointers that are `noalias` and 64-byte aligned, and
    is inlined later.

    Bindings of one dispatch never overlap unless all of them are only read, so
    `noalias` holds; an output that is also an input is one binding.

    Before:

    ```mlir
    func.func @k(%x: memref<?xf32>, %rows: index, %b: index, %e: index) { ... }
    ```

    After:

    ```mlir
    func.func private @k_body(%x: !llvm.ptr {llvm.align = 64, llvm.noalias},
                              %rows: index, %b: index, %e: index) { ... }
    llvm.func @k(%dispatch: !llvm.ptr, %begin: i64, %end: i64) { ... }
    ```

    Refused, each with a diagnostic at the kernel: other argument types,
    results, memrefs with a layout or with a dynamic size that is not the
    outermost, more bindings or scalars than the ABI has room for, and
    `memref.dim` of a binding, whose size the ABI does not pass.
  }];
  let statistics = [
    Statistic<"numKernels", "kernels", "Number of kernels that got an entry">
  ];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def ApproximateMath : Pass<"swage-cpu-approximate-math"> {
  let summary = "Replace elementary functions by polynomials";
  let description = [{
    Kernels call nothing outside their segment, so `math.exp`, `math.log`,
    `math.sin`, `math.cos`, `math.tanh` and `math.erf` of f32 become the
    upstream polynomial approximations, which are vectorized and the same on
    every ISA level. Square roots and fused multiply-adds stay: they are
    instructions. Other functions are left alone, and linking refuses the calls
    that they end in.

    Before:

    ```mlir
    %y = math.exp %x : vector<16xf32>
    ```

    After: about twenty `arith` and `math.fma` operations on `vector<16xf32>`.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::math::MathDialect",
                           "mlir::vector::VectorDialect"];
}

#endif // SWAGE_TARGETS_CPU_PASSES
