// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-parallel-linears))' | FileCheck %s --implicit-check-not=transformer.split

// CHECK-LABEL: func.func @negative_other_input
func.func @negative_other_input(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %w: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %b = transformer.linear %y weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @negative_one_bias
func.func @negative_one_bias(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %bias: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %b = transformer.linear %x weights(%w) biases(%bias) : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @negative_other_result
func.func @negative_other_result(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xbf16>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %b = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xbf16>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xbf16>
}

// An epilogue in the later linear, or the earlier one.
// CHECK-LABEL: func.func @negative_activation
func.func @negative_activation(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %w: tensor<8x8xf32>)
    -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %b = transformer.linear %x weights(%w) activation(relu) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %c = transformer.linear %y weights(%w) activation(relu) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %d = transformer.linear %y weights(%w) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %a, %b, %c, %d : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// The second linear reads the first one's input as residual only.
// CHECK-LABEL: func.func @negative_residual
func.func @negative_residual(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  %b = transformer.linear %y weights(%w) residual %x : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
}

// The second weight is computed after the first linear.
// CHECK-LABEL: func.func @negative_computed_weight
func.func @negative_computed_weight(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %h: tensor<4x8xf16>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %a = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  %d = compression.dequantize %h : tensor<4x8xf16> -> tensor<4x8xf32>
  %b = transformer.linear %x weights(%d) : (tensor<?x8xf32>, tensor<4x8xf32>) -> tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}
