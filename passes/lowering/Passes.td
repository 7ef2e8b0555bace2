//===- Passes.td - Lowering to upstream dialects -----------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_LOWERING
#define SWAGE_PASSES_LOWERING

include "mlir/Pass/PassBase.td"

def Decompose : Pass<"swage-lower-decompose"> {
  let summary = "Replace operations of the model by their meaning upstream";
  let description = [{
    Every operation that implements `DecomposableOpInterface` becomes `linalg`,
    `arith`, `math` and `tensor` operations, `compression.dequantize` an
    extension of the elements, and `compression.permute_columns` a gather.
    Values are computed in f32, the columns of a sum in ascending order.

    Operations that touch the cache or the batch (`attention`, `rope`,
    `cache_append`) have no meaning on tensors alone and stay. An operation with
    an encoded weight is refused with an error; its weight must be dequantized
    first.

    Before:

    ```mlir
    %y = transformer.activation relu %x : tensor<?x4xf32>
    ```

    After:

    ```mlir
    %c0 = arith.constant 0 : index
    %rows = tensor.dim %x, %c0 : tensor<?x4xf32>
    %init = tensor.empty(%rows) : tensor<?x4xf32>
    %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
                         iterator_types = ["parallel", "parallel"]}
        ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %zero = arith.constant 0.0 : f32
      %max = arith.maximumf %in, %zero : f32
      linalg.yield %max : f32
    } -> tensor<?x4xf32>
    ```
  }];
  let statistics = [Statistic<"numDecomposed", "decomposed", "Number of operations replaced">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

#endif // SWAGE_PASSES_LOWERING
