// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-parallel-linears))' | FileCheck %s

transformer.weight @q : tensor<8x8xf16>
transformer.weight @k : tensor<4x8xbf16>
transformer.weight @v : tensor<4x8xf16>

// Parts keep the program's order, and those that are encoded differently stay
// apart; weights that are read later move up.
// CHECK-LABEL: func.func @three
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>)
func.func @three(%x: tensor<?x8xf32>) -> (tensor<?x4xf32>, tensor<?x8xf32>, tensor<?x4xf32>) {
  // CHECK-DAG: %[[WQ:.*]] = transformer.get_weight @q
  // CHECK-DAG: %[[WV:.*]] = transformer.get_weight @v
  // CHECK: %[[QV:.*]] = transformer.linear %[[X]] weights(%[[WQ]], %[[WV]])
  // CHECK-SAME: tensor<8x8xf16>, tensor<4x8xf16>) -> tensor<?x12xf32>
  // CHECK: %[[PARTS:.*]]:2 = transformer.split %[[QV]] : tensor<?x12xf32> -> tensor<?x8xf32>, tensor<?x4xf32>
  // CHECK: %[[WK:.*]] = transformer.get_weight @k
  // CHECK: %[[K:.*]] = transformer.linear %[[X]] weights(%[[WK]])
  // CHECK: return %[[PARTS]]#1, %[[PARTS]]#0, %[[K]]
  %wq = transformer.get_weight @q : tensor<8x8xf16>
  %q = transformer.linear %x weights(%wq) : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  %wk = transformer.get_weight @k : tensor<4x8xbf16>
  %k = transformer.linear %x weights(%wk) : (tensor<?x8xf32>, tensor<4x8xbf16>) -> tensor<?x4xf32>
  %wv = transformer.get_weight @v : tensor<4x8xf16>
  %v = transformer.linear %x weights(%wv) : (tensor<?x8xf32>, tensor<4x8xf16>) -> tensor<?x4xf32>
  return %v, %q, %k : tensor<?x4xf32>, tensor<?x8xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @biases
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<4x8xf32>, %[[A:.*]]: tensor<4xf32>, %[[B:.*]]: tensor<4xf32>)
func.func @biases(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %a: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK-NEXT: transformer.linear %[[X]] weights(%[[W]], %[[W]]) biases(%[[A]], %[[B]])
  // CHECK-NEXT: transformer.split
  // CHECK-NEXT: return
  %k = transformer.linear %x weights(%w) biases(%a) : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %v = transformer.linear %x weights(%w) biases(%b) : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %k, %v : tensor<?x4xf32>, tensor<?x4xf32>
}
