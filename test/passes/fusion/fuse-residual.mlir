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

// CHECK-LABEL: func.func @norm
// CHECK-SAME: (%[[H:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<8xf16>, %[[X:.*]]: tensor<?x8xf32>)
func.func @norm(%h: tensor<?x8xf32>, %w: tensor<8xf16>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: transformer.rms_norm %[[H]], %[[W]] residual %[[X]] {epsilon = 5.000000e-01 : f64, weight_offset = 1.000000e+00 : f64}
  // CHECK-NEXT: return
  %n = transformer.rms_norm %h, %w {epsilon = 0.5 : f64, weight_offset = 1.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %n : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Attention and network both read x: the first sum waits for the second norm.
// CHECK-LABEL: func.func @parallel
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[N:.*]]: tensor<8xf16>, %[[A:.*]]: tensor<8x8xf16>, %[[U:.*]]: tensor<24x8xf16>, %[[D:.*]]: tensor<8x24xf16>)
func.func @parallel(%x: tensor<?x8xf32>, %n: tensor<8xf16>, %a: tensor<8x8xf16>, %u: tensor<24x8xf16>, %d: tensor<8x24xf16>) -> tensor<?x24xf32> {
  // CHECK-NEXT: %[[N1:.*]] = transformer.layer_norm %[[X]], %[[N]] {epsilon = 1.000000e-05 : f64}
  %n1 = transformer.layer_norm %x, %n {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %s = transformer.linear %n1 weights(%a) : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  %y = arith.addf %x, %s : tensor<?x8xf32>
  // CHECK-NEXT: %[[N2:.*]] = transformer.layer_norm %[[X]], %[[N]] {epsilon = 5.000000e-01 : f64}
  // CHECK-NEXT: %[[Y:.*]] = transformer.linear %[[N1]] weights(%[[A]]) residual %[[X]] :
  // CHECK-NEXT: %[[H:.*]] = transformer.linear %[[N2]] weights(%[[U]]) activation(gelu) :
  // CHECK-NEXT: %[[Z:.*]] = transformer.linear %[[H]] weights(%[[D]]) residual %[[Y]] :
  // CHECK-NEXT: transformer.linear %[[Z]] weights(%[[U]]) :
  %n2 = transformer.layer_norm %x, %n {epsilon = 0.5 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %h = transformer.linear %n2 weights(%u) activation(gelu) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  %t = transformer.linear %h weights(%d) : (tensor<?x24xf32>, tensor<8x24xf16>) -> tensor<?x8xf32>
  %z = arith.addf %y, %t : tensor<?x8xf32>
  %l = transformer.linear %z weights(%u) : (tensor<?x8xf32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  return %l : tensor<?x24xf32>
}

// The sum over experts, and then that of the expert that all rows share.
// CHECK-LABEL: func.func @combine
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[S:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<?x2xf32>, %[[T:.*]]: tensor<?x8xf32>, %[[G:.*]]: tensor<?x1xf32>)
func.func @combine(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %w: tensor<?x2xf32>, %t: tensor<?x8xf32>, %g: tensor<?x1xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[Y:.*]] = transformer.combine %[[S]], %[[W]] residual %[[X]]
  // CHECK-NEXT: %[[Z:.*]] = transformer.combine %[[T]], %[[G]] residual %[[Y]]
  // CHECK-NEXT: return %[[Z]]
  %c = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %y = arith.addf %x, %c : tensor<?x8xf32>
  %d = transformer.combine %t, %g : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %z = arith.addf %y, %d : tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// A later reader of x wants it as it was: the sum waits for it.
// CHECK-LABEL: func.func @combine_behind_reader
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[S:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<?x2xf32>, %[[N:.*]]: tensor<8xf16>)
func.func @combine_behind_reader(%x: tensor<?x8xf32>, %s: tensor<?x8xf32>, %w: tensor<?x2xf32>, %n: tensor<8xf16>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK-NEXT: %[[M:.*]] = transformer.rms_norm %[[X]], %[[N]]
  // CHECK-NEXT: %[[Y:.*]] = transformer.combine %[[S]], %[[W]] residual %[[X]]
  // CHECK-NEXT: return %[[Y]], %[[M]]
  %c = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x8xf32>
  %y = arith.addf %x, %c : tensor<?x8xf32>
  %m = transformer.rms_norm %x, %n {epsilon = 0.5 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  return %y, %m : tensor<?x8xf32>, tensor<?x8xf32>
}
