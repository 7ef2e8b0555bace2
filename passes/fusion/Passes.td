//===- Passes.td - Passes of the stage fuse ----------------*- tablegen -*-===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_FUSION
#define SWAGE_PASSES_FUSION

include "mlir/Pass/PassBase.td"

def ExpandGatedMlp : Pass<"swage-fusion-expand-gated-mlp", "::mlir::func::FuncOp"> {
  let summary = "Turn gated feed-forward networks into two linears";
  let description = [{
    Every `gated_mlp` becomes a linear of two parts, gate and up, whose epilogue
    applies the function and multiplies, and the linear down. The pass always
    succeeds.

    Before:

    ```mlir
    %y = transformer.gated_mlp silu %x gate %gate up %up down %down
        : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
    ```

    After:

    ```mlir
    %h = transformer.linear %x weights(%gate, %up) activation(gated silu)
        : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>) -> tensor<?x24xf32>
    %y = transformer.linear %h weights(%down) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def ExpandMoe : Pass<"swage-fusion-expand-moe", "::mlir::func::FuncOp"> {
  let summary = "Turn mixtures of experts into grouped linears";
  let description = [{
    Every `moe` becomes the router's linear, a `route` that chooses experts and
    sorts the rows by them, one grouped linear for all gates and ups, one for all
    downs, and a `combine`. The pass always succeeds.

    Before:

    ```mlir
    %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {normalize, top_k = 1 : i64}
        : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
           tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
    ```

    After:

    ```mlir
    %l = transformer.linear %x weights(%r) : (tensor<?x8xf32>, tensor<2x8xf16>) -> tensor<?x2xf32>
    %w, %e, %p, %groups = transformer.route %l {normalize, top_k = 1 : i64}
        : tensor<?x2xf32> -> tensor<?x1xf32>, tensor<?x1xi32>, tensor<?xi32>, tensor<2x3xi32>
    %h = transformer.grouped_linear %x, %p, %groups weights(%g0, %u0, %g1, %u1) activation silu {top_k = 1 : i64}
        : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
           tensor<24x8xf16>) -> tensor<?x24xf32>
    %s = transformer.grouped_linear %h, %p, %groups weights(%d0, %d1) {scatter, top_k = 1 : i64}
        : (tensor<?x24xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
    %y = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def FuseGateUp : Pass<"swage-fusion-fuse-gate-up", "::mlir::func::FuncOp"> {
  let summary = "Join the two linears of a gate into one";
  let description = [{
    For networks that were imported as primitive operations. The product, in
    either order, of an activated linear and another linear of the same input
    becomes one linear with a gated epilogue.

    Nothing is done if another operation reads one of the sums, if a linear has
    an epilogue or several parts, if only one has a bias, or if values between
    them are not f32, since fusion would then skip a rounding.

    Before:

    ```mlir
    %g = transformer.linear %x weights(%gate) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
    %u = transformer.linear %x weights(%up) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
    %a = transformer.activation silu %g : tensor<?x24xf32>
    %h = arith.mulf %a, %u : tensor<?x24xf32>
    ```

    After:

    ```mlir
    %h = transformer.linear %x weights(%gate, %up) activation(gated silu)
        : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>) -> tensor<?x24xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def FuseActivation : Pass<"swage-fusion-fuse-activation", "::mlir::func::FuncOp"> {
  let summary = "Move activations into the linear that they follow";
  let description = [{
    Nothing is done if another operation reads the sums, if the linear has an
    epilogue, or if the sums are not f32, since fusion would then skip a rounding.

    Before:

    ```mlir
    %s = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
    %h = transformer.activation gelu %s : tensor<?x24xf32>
    ```

    After:

    ```mlir
    %h = transformer.linear %x weights(%w) activation(gelu) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def FuseResidual : Pass<"swage-fusion-fuse-residual", "::mlir::func::FuncOp"> {
  let summary = "Move residual additions into the linear, norm or combine that they follow";
  let description = [{
    The linear, rms_norm or combine may be either operand of the addition: f32 addition
    commutes, so the result keeps its bits. Of two the later one takes the
    addition.

    The sum takes the residual's memory, so the operation moves behind the last
    reader of the residual, as where attention and feed-forward network both
    read the layer's input. Nothing is done if a user of the sum comes before
    that, if another operation reads the linear's sums, if the linear has an
    epilogue or the norm or combine a residual, or if the sums are not f32, since fusion
    would then skip a rounding.

    Before:

    ```mlir
    %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
    %y = arith.addf %x, %s : tensor<?x8xf32>
    ```

    After:

    ```mlir
    %y = transformer.linear %h weights(%w) residual %x
        : (tensor<?x24xf32>, tensor<8x24xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def FuseParallelLinears : Pass<"swage-fusion-fuse-parallel-linears", "::mlir::func::FuncOp"> {
  let summary = "Join linears of the same input into one with parts";
  let description = [{
    Linears of one block that read the same input, have no epilogue and the same
    element types of results and weights, and all or none of them biases,
    become one linear, whose parts are their weights in program order, and a
    split.

    The joined linear stands where the first one stood; `get_weight`s that come
    later move before it. A linear with a weight that is computed later by
    another operation stays apart.

    Before:

    ```mlir
    %q = transformer.linear %x weights(%wq) : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
    %k = transformer.linear %x weights(%wk) : (tensor<?x8xf32>, tensor<4x8xf16>) -> tensor<?x4xf32>
    ```

    After:

    ```mlir
    %qk = transformer.linear %x weights(%wq, %wk)
        : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<4x8xf16>) -> tensor<?x12xf32>
    %q, %k = transformer.split %qk : tensor<?x12xf32> -> tensor<?x8xf32>, tensor<?x4xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def FuseRopeAndAppend : Pass<"swage-fusion-fuse-rope-and-append", "::mlir::func::FuncOp"> {
  let summary = "Move cache append and RoPE into attention";
  let description = [{
    Two steps. A `cache_append` before an attention on the same cache and batch
    becomes the attention's `append`, if nothing between them can touch the
    cache. Then, if queries and appended keys are both rotated by the same
    `rope` attribute on that batch, by heads as wide as the cache's, the
    attention rotates them itself.

    A step that does not apply leaves its operations as they are.

    Before:

    ```mlir
    %rq = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>}
        : tensor<?x8xf32>
    %rk = transformer.rope %k, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>}
        : tensor<?x4xf32>
    transformer.cache_append %rk, %v, %batch, %cache : tensor<?x4xf32>, tensor<?x4xf32>, !transformer.cache<1 x 4 x f16>
    %a = transformer.attention %rq, %batch, %cache {num_heads = 2 : i64, scale = 0.5 : f64}
        : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f16>) -> tensor<?x8xf32>
    ```

    After:

    ```mlir
    %a = transformer.attention %q, %batch, %cache append(%k, %v)
        {num_heads = 2 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>, scale = 0.5 : f64}
        : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f16>, tensor<?x4xf32>, tensor<?x4xf32>)
        -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def SelectLogitRows : Pass<"swage-fusion-select-logit-rows", "::mlir::func::FuncOp"> {
  let summary = "Compute the last norm and the logits of needed rows only";
  let description = [{
    Every `logits` becomes a linear of the selected rows. Rows are selected
    before a norm that the logits read, by the norm itself, and otherwise by a
    `select_rows` of the input. Bias and `soft_cap` become the linear's. The pass
    always succeeds.

    Before:

    ```mlir
    %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
    %l = transformer.logits %n, %rows, %table : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
    ```

    After:

    ```mlir
    %n = transformer.rms_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64}
        : (tensor<?x8xf32>, tensor<8xf16>, tensor<?xi32>) -> tensor<?x8xf32>
    %l = transformer.linear %n weights(%table) : (tensor<?x8xf32>, tensor<32x8xf16>) -> tensor<?x32xf32>
    ```
  }];
  let dependentDialects = ["::swage::transformer::TransformerDialect"];
}

def VerifyFused : Pass<"swage-fusion-verify-fused", "::mlir::func::FuncOp"> {
  let summary = "Check what the stage compress relies on";
  let description = [{
    Changes nothing. After fusion no function holds a `gated_mlp`, `logits`,
    `cache_append` or `rope`; an error at one of them says why it is still there
    and which pass removes it.

    Accepted:

    ```mlir
    %y = transformer.linear %h weights(%w) residual %x
        : (tensor<?x24xf32>, tensor<8x24xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
}

#endif // SWAGE_PASSES_FUSION
