// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-residual))' | FileCheck %s --implicit-check-not='residual %'

// CHECK-LABEL: func.func @negative_sums_read_twice
func.func @negative_sums_read_twice(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: arith.addf
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %s : tensor<?x8xf32>
  return %y, %s : tensor<?x8xf32>, tensor<?x8xf32>
}

// The sums are both operands.
// CHECK-LABEL: func.func @negative_doubled
func.func @negative_doubled(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK: arith.addf
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %s, %s : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @negative_activated
func.func @negative_activated(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: arith.addf
  %s = transformer.linear %h weights(%w) activation(relu) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %s : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Fusion would add to sums that are not rounded to f16.
// CHECK-LABEL: func.func @negative_rounded_sums
func.func @negative_rounded_sums(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf16>) -> tensor<?x8xf16> {
  // CHECK: arith.addf
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf16>
  %y = arith.addf %x, %s : tensor<?x8xf16>
  return %y : tensor<?x8xf16>
}
