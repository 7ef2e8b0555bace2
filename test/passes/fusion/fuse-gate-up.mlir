// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-gate-up))' | FileCheck %s

// CHECK-LABEL: func.func @activation_first
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[GATE:.*]]: tensor<24x8xf16>, %[[UP:.*]]: tensor<24x8xf16>)
func.func @activation_first(%x: tensor<?x8xf32>, %gate: tensor<24x8xf16>, %up: tensor<24x8xf16>) -> tensor<?x24xf32> {
  // CHECK-NEXT: %[[H:.*]] = transformer.linear %[[X]] weights(%[[GATE]], %[[UP]]) activation(gated silu)
  // CHECK-NEXT: return %[[H]]
  %g = transformer.linear %x weights(%gate) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %u = transformer.linear %x weights(%up) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// The activated linear is the gate, whichever operand it is.
// CHECK-LABEL: func.func @activation_second
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[GATE:.*]]: tensor<24x8xf16>, %[[UP:.*]]: tensor<24x8xf16>
func.func @activation_second(%x: tensor<?x8xf32>, %gate: tensor<24x8xf16>, %up: tensor<24x8xf16>,
                             %bg: tensor<24xf32>, %bu: tensor<24xf32>) -> tensor<?x24xf32> {
  // CHECK-NEXT: transformer.linear %[[X]] weights(%[[GATE]], %[[UP]]) biases(%arg3, %arg4) activation(gated gelu)
  // CHECK-NEXT: return
  %u = transformer.linear %x weights(%up) biases(%bu) : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24xf32>) -> tensor<?x24xf32>
  %g = transformer.linear %x weights(%gate) biases(%bg) : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24xf32>) -> tensor<?x24xf32>
  %a = transformer.activation gelu %g : tensor<?x24xf32>
  %h = arith.mulf %u, %a : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}
