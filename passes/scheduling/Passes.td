//===- Passes.td - Passes of the schedule stage ----------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_SCHEDULING_PASSES
#define SWAGE_PASSES_SCHEDULING_PASSES

include "mlir/Pass/PassBase.td"

def BuildPrograms : Pass<"swage-schedule-build-programs", "::mlir::ModuleOp"> {
  let summary = "Turn specialized functions into programs of dispatches";
  let description = [{
    For each target in the module's `swage.targets`, builds a
    `schedule.program`: every operation of a specialized function becomes a
    dispatch of a kernel, every tensor a buffer, every weight a packed constant
    in the target's layout. Kernels that compute the same are one kernel,
    whichever layers use it. The functions and caches are erased; the
    `transformer.weight`s stay, because packed weights refer to them.

    A dispatch is separated from earlier ones by a barrier only if it reads or
    writes what they write, or writes what they read.

    An operation that the target has no code for is an error at the operation;
    so is a residual that is read again after it was added to.

    ```mlir
    func.func @forward.one.f16(%tokens: tensor<?xi32>, ...) attributes {schedule.variant = ...} {
      %w = transformer.get_weight @embed : tensor<4096x256xf16>
      %x = transformer.embedding %tokens, %w : ...
    // becomes
    schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v4"> {
      schedule.weight @embed parts [@embed] ...
      schedule.kernel @embedding_v4096_c256_f16 variant many { ... }
      schedule.entry_point @forward {
        schedule.variant one cache f16 rows 1 to 1 {
          schedule.dispatch @embedding_v4096_c256_f16 "embed" bindings(...) ...
    ```
  }];
  let dependentDialects = ["::swage::schedule::ScheduleDialect"];
}

def VerifyScheduled : Pass<"swage-schedule-verify-scheduled", "::mlir::ModuleOp"> {
  let summary = "Check what code generation relies on";
  let description = [{
    Read-only. Fails unless the module has a program, every program an entry
    point with a variant, every kernel a single operation besides splits, and
    every dispatch within a variant at most 8 bindings, with no function left.
  }];
}

#endif // SWAGE_PASSES_SCHEDULING_PASSES
