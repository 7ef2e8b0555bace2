// RUN: swage-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @split_of_one_part
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>)
func.func @split_of_one_part(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // CHECK-NEXT: return %[[X]]
  %y = transformer.split %x : tensor<?x8xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// The parts of a linear stay joined: they share one read of the input.
// CHECK-LABEL: func.func @negative_split_of_linear
func.func @negative_split_of_linear(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: transformer.linear
  // CHECK-NEXT: transformer.split
  %s = transformer.linear %x weights(%w, %w) : (tensor<?x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %a, %b = transformer.split %s : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}

transformer.weight @w : tensor<8xf32>
transformer.cache @c : !transformer.cache<1 x 4 x f32>

// Reads that nobody uses go; appending to a cache stays.
// CHECK-LABEL: func.func @unused
func.func @unused(%k: tensor<?x4xf32>, %batch: !transformer.batch) {
  // CHECK-NEXT: %[[CACHE:.*]] = transformer.get_cache @c
  // CHECK-NEXT: transformer.cache_append %{{.*}}, %{{.*}}, %{{.*}}, %[[CACHE]]
  // CHECK-NEXT: return
  %w = transformer.get_weight @w : tensor<8xf32>
  %c = transformer.get_cache @c : !transformer.cache<1 x 4 x f32>
  transformer.cache_append %k, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !transformer.cache<1 x 4 x f32>
  return
}
