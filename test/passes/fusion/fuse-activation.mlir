// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-activation))' | FileCheck %s

// CHECK-LABEL: func.func @with_bias
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<24x8xf16>, %[[B:.*]]: tensor<24xf32>)
func.func @with_bias(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>, %b: tensor<24xf32>) -> tensor<?x24xf32> {
  // CHECK-NEXT: %[[H:.*]] = transformer.linear %[[X]] weights(%[[W]]) biases(%[[B]]) activation({{ *}}gelu) :
  // CHECK-NEXT: return %[[H]]
  %s = transformer.linear %x weights(%w) biases(%b) : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24xf32>) -> tensor<?x24xf32>
  %h = transformer.activation gelu %s : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// CHECK-LABEL: func.func @negative_sums_read_twice
func.func @negative_sums_read_twice(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  // CHECK: transformer.activation silu
  %s = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %h = transformer.activation silu %s : tensor<?x24xf32>
  return %h, %s : tensor<?x24xf32>, tensor<?x24xf32>
}

// CHECK-LABEL: func.func @negative_second_activation
func.func @negative_second_activation(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>) -> tensor<?x24xf32> {
  // CHECK: transformer.activation silu
  %s = transformer.linear %x weights(%w) activation(relu) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %h = transformer.activation silu %s : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// Fusion would apply the function to sums that are not rounded to bf16.
// CHECK-LABEL: func.func @negative_rounded_sums
func.func @negative_rounded_sums(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>) -> tensor<?x24xbf16> {
  // CHECK: transformer.activation silu
  %s = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xbf16>
  %h = transformer.activation silu %s : tensor<?x24xbf16>
  return %h : tensor<?x24xbf16>
}
