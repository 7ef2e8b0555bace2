// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-expand-gated-mlp))' | FileCheck %s

// CHECK-LABEL: func.func @without_biases
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[GATE:.*]]: tensor<24x8xf16>, %[[UP:.*]]: tensor<24x8xbf16>, %[[DOWN:.*]]: tensor<8x24xf16>)
func.func @without_biases(%x: tensor<?x8xf32>, %gate: tensor<24x8xf16>, %up: tensor<24x8xbf16>, %down: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK: %[[H:.*]] = transformer.linear %[[X]] weights(%[[GATE]], %[[UP]]) activation(gated silu)
  // CHECK-SAME: -> tensor<?x24xf32>
  // CHECK: %[[Y:.*]] = transformer.linear %[[H]] weights(%[[DOWN]]) :
  // CHECK-SAME: -> tensor<?x8xf32>
  // CHECK: return %[[Y]]
  %y = transformer.gated_mlp silu %x gate %gate up %up down %down
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xbf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Each linear takes the biases of its own parts.
// CHECK-LABEL: func.func @with_biases
// CHECK-SAME: %[[BG:[a-z0-9]+]]: tensor<24xf32>, %[[BU:[a-z0-9]+]]: tensor<24xf32>, %[[BD:[a-z0-9]+]]: tensor<8xf32>
func.func @with_biases(%bg: tensor<24xf32>, %bu: tensor<24xf32>, %bd: tensor<8xf32>, %x: tensor<?x8xf32>,
                       %gate: tensor<24x8xf32>, %up: tensor<24x8xf32>, %down: tensor<8x24xf32>) -> tensor<?x8xf32> {
  // CHECK: transformer.linear %{{.*}} biases(%[[BG]], %[[BU]]) activation(gated gelu_tanh)
  // CHECK: transformer.linear %{{.*}} biases(%[[BD]]) :
  %y = transformer.gated_mlp gelu_tanh %x gate %gate up %up down %down biases(%bg, %bu, %bd)
      : (tensor<?x8xf32>, tensor<24x8xf32>, tensor<24x8xf32>, tensor<8x24xf32>, tensor<24xf32>, tensor<24xf32>, tensor<8xf32>)
      -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
