// RUN: swage-opt %s --swage-compression-split-mixed-linears | FileCheck %s

!q4 = !compression.group<i4, 32, scale = f16>
!q8 = !compression.group<i8, 32, scale = f16>

// Queries and keys stay together; values, between them, become a linear of their
// own. Every value keeps its readers.
// CHECK-LABEL: func.func @parts
// CHECK: %[[QK:.*]] = transformer.linear %arg0 weights(%arg1, %arg3) biases(%arg4, %arg6) : {{.*}} -> tensor<?x48xf32>
// CHECK: %[[PARTS:.*]]:2 = transformer.split %[[QK]] : tensor<?x48xf32> -> tensor<?x32xf32>, tensor<?x16xf32>
// CHECK: %[[V:.*]] = transformer.linear %arg0 weights(%arg2) biases(%arg5) : {{.*}} -> tensor<?x8xf32>
// CHECK: return %[[PARTS]]#0, %[[V]], %[[PARTS]]#1
func.func @parts(%x: tensor<?x32xf32>, %q: tensor<32x32x!q4>, %v: tensor<8x32x!q8>, %k: tensor<16x32x!q4>,
                 %bq: tensor<32xf32>, %bv: tensor<8xf32>, %bk: tensor<16xf32>) -> (tensor<?x32xf32>, tensor<?x8xf32>, tensor<?x16xf32>) {
  %all = transformer.linear %x weights(%q, %v, %k) biases(%bq, %bv, %bk)
      : (tensor<?x32xf32>, tensor<32x32x!q4>, tensor<8x32x!q8>, tensor<16x32x!q4>, tensor<32xf32>, tensor<8xf32>, tensor<16xf32>) -> tensor<?x56xf32>
  %0, %1, %2 = transformer.split %all : tensor<?x56xf32> -> tensor<?x32xf32>, tensor<?x8xf32>, tensor<?x16xf32>
  return %0, %1, %2 : tensor<?x32xf32>, tensor<?x8xf32>, tensor<?x16xf32>
}

// CHECK-LABEL: func.func @same
// CHECK: transformer.linear %arg0 weights(%arg1, %arg2)
func.func @same(%x: tensor<?x32xf32>, %q: tensor<32x32x!q4>, %k: tensor<16x32x!q4>) -> tensor<?x48xf32> {
  %all = transformer.linear %x weights(%q, %k) : (tensor<?x32xf32>, tensor<32x32x!q4>, tensor<16x32x!q4>) -> tensor<?x48xf32>
  return %all : tensor<?x48xf32>
}
