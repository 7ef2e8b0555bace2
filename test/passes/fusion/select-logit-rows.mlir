// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-select-logit-rows))' | FileCheck %s

// CHECK-LABEL: func.func @rms_norm
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[ROWS:.*]]: tensor<?xi32>, %[[W:.*]]: tensor<8xf16>, %[[T:.*]]: tensor<32x8xf16>)
func.func @rms_norm(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = transformer.rms_norm %[[X]], %[[W]] rows %[[ROWS]] {epsilon = 1.000000e-05 : f64}
  // CHECK-NEXT: transformer.linear %[[N]] weights(%[[T]]) : (tensor<?x8xf32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  // CHECK-NEXT: return
  %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @layer_norm
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[ROWS:.*]]: tensor<?xi32>, %[[W:.*]]: tensor<8xf16>, %[[T:.*]]: tensor<32x8xf16>)
func.func @layer_norm(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = transformer.layer_norm %[[X]], %[[W]] bias %[[W]] rows %[[ROWS]] {epsilon = 1.000000e-05 : f64}
  // CHECK-NEXT: transformer.linear %[[N]] weights(%[[T]])
  // CHECK-NEXT: return
  %n = transformer.layer_norm %x, %w bias %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<8xf16>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}

// A norm that others read stays for them.
// CHECK-LABEL: func.func @norm_read_twice
func.func @norm_read_twice(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>) -> (tensor<?x32xf32>, tensor<?x8xf32>) {
  // CHECK: %[[ALL:.*]] = transformer.rms_norm %{{.*}}, %{{.*}} {
  // CHECK: %[[N:.*]] = transformer.rms_norm %{{.*}} rows
  // CHECK: %[[L:.*]] = transformer.linear %[[N]]
  // CHECK: return %[[L]], %[[ALL]]
  %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l, %n : tensor<?x32xf32>, tensor<?x8xf32>
}

// A norm of selected rows has no second choice of rows.
// CHECK-LABEL: func.func @rows_of_rows
func.func @rows_of_rows(%x: tensor<?x8xf32>, %some: tensor<?xi32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = transformer.rms_norm %{{.*}} rows %arg1
  // CHECK-NEXT: %[[S:.*]] = transformer.select_rows %[[N]], %arg2
  // CHECK-NEXT: transformer.linear %[[S]]
  %n = transformer.rms_norm %x, %w rows %some {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<?xi32>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}

// The norm keeps its offset, the linear gets bias and cap.
// CHECK-LABEL: func.func @capped
func.func @capped(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>, %b: tensor<32xf16>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = transformer.rms_norm %{{.*}} rows %{{.*}} {epsilon = 1.000000e-05 : f64, weight_offset = 1.000000e+00 : f64}
  // CHECK-NEXT: transformer.linear %[[N]] weights(%{{.*}}) biases(%{{.*}}) {soft_cap = 3.000000e+01 : f64}
  // CHECK-NEXT: return
  %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64, weight_offset = 1.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t bias %b {soft_cap = 30.0 : f64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>, tensor<32xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}

// The sum of a norm and a residual is selected, not the norm.
// CHECK-LABEL: func.func @residual_norm
func.func @residual_norm(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<8xf16>, %t: tensor<32x8xf16>) -> tensor<?x32xf32> {
  // CHECK-NEXT: %[[N:.*]] = transformer.rms_norm %{{.*}} residual
  // CHECK-NEXT: transformer.select_rows %[[N]]
  %n = transformer.rms_norm %x, %w residual %y {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %l = transformer.logits %n, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
