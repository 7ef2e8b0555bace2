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

// x is read together with the sum, so it cannot be overwritten.
// CHECK-LABEL: func.func @negative_read_with_the_sum
func.func @negative_read_with_the_sum(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK: arith.addf
  // CHECK: arith.mulf
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %s : tensor<?x8xf32>
  %z = arith.mulf %x, %y : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// Columns of wider rows are no memory of their own.
// CHECK-LABEL: func.func @negative_part
func.func @negative_part(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x12xf32>) -> tensor<?x8xf32> {
  // CHECK: arith.addf
  %part, %rest = transformer.split %x : tensor<?x12xf32> -> tensor<?x8xf32>, tensor<?x4xf32>
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %part, %s : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @negative_norm_read_twice
func.func @negative_norm_read_twice(%h: tensor<?x8xf32>, %w: tensor<8xf16>, %x: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: arith.addf
  %n = transformer.rms_norm %h, %w {epsilon = 0.5 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %n : tensor<?x8xf32>
  return %y, %n : tensor<?x8xf32>, tensor<?x8xf32>
}

// Something else reads the sum over experts, or it has a residual already.
// CHECK-LABEL: func.func @negative_combine
func.func @negative_combine(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %w: tensor<?x2xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK-COUNT-2: arith.addf
  %c = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %y = arith.addf %x, %c : tensor<?x8xf32>
  %d = transformer.combine %s, %w residual %x : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = arith.addf %x, %d : tensor<?x8xf32>
  return %y, %c, %z : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// Another operation reads x together with the sum.
// CHECK-LABEL: func.func @negative_combine_read_with_the_sum
func.func @negative_combine_read_with_the_sum(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %w: tensor<?x2xf32>) -> tensor<?x8xf32> {
  // CHECK: transformer.combine %{{.*}}, %{{.*}} :
  // CHECK: arith.addf
  // CHECK: arith.mulf
  %c = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %y = arith.addf %x, %c : tensor<?x8xf32>
  %z = arith.mulf %x, %y : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
