// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-residual))' | FileCheck %s

// CHECK-LABEL: func.func @linear_second
// CHECK-SAME: (%[[H:.*]]: tensor<?x24xf32>, %[[W:.*]]: tensor<8x24xf16>, %[[X:.*]]: tensor<?x8xf32>)
func.func @linear_second(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[Y:.*]] = transformer.linear %[[H]] weights(%[[W]]) residual %[[X]] :
  // CHECK-NEXT: return %[[Y]]
  %s = transformer.linear %h weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %s : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @linear_first_with_bias
// CHECK-SAME: (%[[H:.*]]: tensor<?x24xf32>, %[[W:.*]]: tensor<8x24xf16>, %[[B:.*]]: tensor<8xf32>, %[[X:.*]]: tensor<?x8xf32>)
func.func @linear_first_with_bias(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %b: tensor<8xf32>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: transformer.linear %[[H]] weights(%[[W]]) biases(%[[B]]) residual %[[X]] :
  // CHECK-NEXT: return
  %s = transformer.linear %h weights(%w) biases(%b) : (tensor<?x24xf32>, tensor<8x24xf16>, tensor<8xf32>) -> tensor<?x8xf32>
  %y = arith.addf %s, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// The later of two linears takes the addition, whichever operand it is.
// CHECK-LABEL: func.func @two_linears
// CHECK-SAME: (%[[A:.*]]: tensor<?x24xf32>, %[[B:.*]]: tensor<?x24xf32>, %[[W:.*]]: tensor<8x24xf16>)
func.func @two_linears(%a: tensor<?x24xf32>, %b: tensor<?x24xf32>, %w: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[SA:.*]] = transformer.linear %[[A]] weights(%[[W]]) :
  // CHECK-NEXT: transformer.linear %[[B]] weights(%[[W]]) residual %[[SA]] :
  // CHECK-NEXT: return
  %sa = transformer.linear %a weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %sb = transformer.linear %b weights(%w) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %y = arith.addf %sb, %sa : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
