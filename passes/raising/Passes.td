//===- Passes.td - Passes of the stage raise ---------------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_RAISING
#define SWAGE_PASSES_RAISING

include "mlir/Pass/PassBase.td"

def VerifyImported : Pass<"swage-raising-verify-imported", "::mlir::ModuleOp"> {
  let summary = "Check what the stage fuse relies on";
  let description = [{
    Changes nothing. An error names the operation that breaks a rule:

    - (R1) The module has an entry point: a function with the attribute
      `transformer.entry_point`.
    - (R2) An entry point is a single block.
    - (R3) Its arguments are indices (`tensor<?xi32>`) or a batch, and at most one is a batch.
    - (R4) Its operations belong to the dialects `transformer`, `compression`
      and `arith`; primitive operations of another dialect have no place in a
      model once raising is done.

    Accepted:

    ```mlir
    func.func @forward(%tokens: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.entry_point} {
      %table = transformer.get_weight @table : tensor<32x8xf32>
      %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x8xf32>) -> tensor<?x8xf32>
      return %x : tensor<?x8xf32>
    }
    ```
  }];
}

#endif // SWAGE_PASSES_RAISING
