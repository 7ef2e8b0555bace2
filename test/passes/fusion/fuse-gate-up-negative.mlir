// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-gate-up))' | FileCheck %s --implicit-check-not=gated

// CHECK-LABEL: func.func @negative_other_input
func.func @negative_other_input(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %w: tensor<24x8xf16>) -> tensor<?x24xf32> {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %u = transformer.linear %y weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// CHECK-LABEL: func.func @negative_one_bias
func.func @negative_one_bias(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>, %b: tensor<24xf32>) -> tensor<?x24xf32> {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) biases(%b) : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24xf32>) -> tensor<?x24xf32>
  %u = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// The activation has another reader.
// CHECK-LABEL: func.func @negative_activation_read_twice
func.func @negative_activation_read_twice(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>) -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %u = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h, %a : tensor<?x24xf32>, tensor<?x24xf32>
}

// Up is no linear.
// CHECK-LABEL: func.func @negative_no_linear
func.func @negative_no_linear(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>, %u: tensor<?x24xf32>) -> tensor<?x24xf32> {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// Up has two parts, which a gate cannot take.
// CHECK-LABEL: func.func @negative_several_parts
func.func @negative_several_parts(%x: tensor<?x8xf32>, %w: tensor<24x8xf16>, %v: tensor<12x8xf16>) -> tensor<?x24xf32> {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %u = transformer.linear %x weights(%v, %v) : (tensor<?x8xf32>, tensor<12x8xf16>, tensor<12x8xf16>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}

// Gate and up are encoded differently, so no kernel takes both.
// CHECK-LABEL: func.func @negative_encodings
func.func @negative_encodings(%x: tensor<?x32xf32>, %w: tensor<24x32xf16>, %v: tensor<24x32x!compression.group<i4, 32, scale = f16>>) -> tensor<?x24xf32> {
  // CHECK: arith.mulf
  %g = transformer.linear %x weights(%w) : (tensor<?x32xf32>, tensor<24x32xf16>) -> tensor<?x24xf32>
  %u = transformer.linear %x weights(%v) : (tensor<?x32xf32>, tensor<24x32x!compression.group<i4, 32, scale = f16>>) -> tensor<?x24xf32>
  %a = transformer.activation silu %g : tensor<?x24xf32>
  %h = arith.mulf %a, %u : tensor<?x24xf32>
  return %h : tensor<?x24xf32>
}
