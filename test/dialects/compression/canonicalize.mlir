// RUN: swage-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @dequantize_f32
// CHECK-SAME: (%[[W:.*]]: tensor<4x8xf32>)
func.func @dequantize_f32(%w: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NEXT: return %[[W]]
  %f = compression.dequantize %w : tensor<4x8xf32> -> tensor<4x8xf32>
  return %f : tensor<4x8xf32>
}

// CHECK-LABEL: func.func @negative_dequantize_f16
func.func @negative_dequantize_f16(%w: tensor<4x8xf16>) -> tensor<4x8xf32> {
  // CHECK: compression.dequantize
  %f = compression.dequantize %w : tensor<4x8xf16> -> tensor<4x8xf32>
  return %f : tensor<4x8xf32>
}
