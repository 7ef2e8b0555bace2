//===- TransformerInterfaces.td - Interfaces of model operations ---*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_DIALECTS_TRANSFORMER_INTERFACES_TD
#define SWAGE_DIALECTS_TRANSFORMER_INTERFACES_TD

include "mlir/IR/OpBase.td"

def Transformer_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::swage::transformer";
  let description = [{
    The meaning of an operation in upstream dialects, and the way in which every
    target can run it.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds upstream operations that compute the results and returns the
        values that replace them, or fails if the operation has no meaning on
        tensors alone (it touches the cache or the batch).
      }],
      "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "decompose",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif // SWAGE_DIALECTS_TRANSFORMER_INTERFACES_TD
