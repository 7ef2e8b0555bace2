//===- Passes.h - Passes and pipeline of the CPU target -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_TARGETS_CPU_PASSES_H
#define SWAGE_TARGETS_CPU_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace swage::cpu {

#define GEN_PASS_DECL
#include "targets/cpu/Passes.h.inc"

/// Lowers a module of kernels to the LLVM dialect. In order:
///   1. swage-cpu-approximate-math
///   2. convert-vector-to-scf, canonicalize, cse
///   3. swage-cpu-wrap-abi
///   4. convert-scf-to-cf
///   5. convert-vector-to-llvm with x86vector, expand-strided-metadata,
///      lower-affine, finalize-memref-to-llvm
///   6. convert-{math,arith,index,func,cf}-to-llvm, reconcile-unrealized-casts,
///      canonicalize, cse
void buildLowerToLLVMPipeline(mlir::OpPassManager &manager);

/// Adds the dialects that kernels are written in and lowered to, and their
/// translation to LLVM IR.
void registerDialects(mlir::DialectRegistry &registry);

/// Registers the passes above, and the pipeline as `swage-cpu-lower-to-llvm`.
void registerPassesAndPipelines();

} // namespace swage::cpu

#endif // SWAGE_TARGETS_CPU_PASSES_H
