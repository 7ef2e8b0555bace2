// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-rope-and-append))' | FileCheck %s

#rope = #transformer.rope<dims = 4, theta = 1.0e+04>
!cache = !transformer.cache<1 x 4 x f16>

transformer.cache @c0 : !cache
transformer.cache @c1 : !cache

// CHECK-LABEL: func.func @both
// CHECK-SAME: (%[[Q:.*]]: tensor<?x8xf32>, %[[K:.*]]: tensor<?x4xf32>, %[[V:.*]]: tensor<?x4xf32>, %[[BATCH:.*]]: !transformer.batch)
func.func @both(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %v: tensor<?x4xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> {
  // CHECK-NEXT: %[[C:.*]] = transformer.get_cache @c0
  // CHECK-NEXT: %[[A:.*]] = transformer.attention %[[Q]], %[[BATCH]], %[[C]] append(%[[K]], %[[V]])
  // CHECK-SAME: num_heads = 2 : i64, rope = #{{.*}}, scale = 5.0{{0+e-01}} : f64
  // CHECK-NEXT: return %[[A]]
  %c = transformer.get_cache @c0 : !cache
  %rq = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x8xf32>
  %rk = transformer.rope %k, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x4xf32>
  transformer.cache_append %rk, %v, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// A model without rotation; both handles are of one cache, and another cache
// may be touched in between.
// CHECK-LABEL: func.func @append_only
// CHECK-SAME: (%[[Q:.*]]: tensor<?x8xf32>, %[[K:.*]]: tensor<?x4xf32>, %[[V:.*]]: tensor<?x4xf32>, %[[BATCH:.*]]: !transformer.batch)
func.func @append_only(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %v: tensor<?x4xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> {
  // CHECK: transformer.cache_append %[[K]], %[[K]], %[[BATCH]], %[[OTHER:.*]] :
  // CHECK: transformer.attention %[[Q]], %[[BATCH]], %{{.*}} append(%[[K]], %[[V]])
  // CHECK-NOT: rope
  // CHECK: return
  %c0 = transformer.get_cache @c0 : !cache
  %c1 = transformer.get_cache @c1 : !cache
  transformer.cache_append %k, %v, %batch, %c0 : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  transformer.cache_append %k, %k, %batch, %c1 : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %again = transformer.get_cache @c0 : !cache
  %a = transformer.attention %q, %batch, %again {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Norms of the heads come before the rotation and stay.
// CHECK-LABEL: func.func @head_norms
// CHECK-SAME: (%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<?x4xf32>, %[[V:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<4xf32>, %[[BATCH:.*]]: !transformer.batch)
func.func @head_norms(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %v: tensor<?x4xf32>, %w: tensor<4xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> {
  // CHECK: %[[NQ:.*]] = transformer.rms_norm
  // CHECK: %[[NK:.*]] = transformer.rms_norm
  // CHECK-NEXT: transformer.attention %[[NQ]], %[[BATCH]], %{{.*}} append(%[[NK]], %[[V]])
  // CHECK-SAME: causal = false
  // CHECK-SAME: rope =
  %c = transformer.get_cache @c0 : !cache
  %nq = transformer.rms_norm %q, %w {epsilon = 1.0e-06 : f64} : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
  %nk = transformer.rms_norm %k, %w {epsilon = 1.0e-06 : f64} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %rq = transformer.rope %nq, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x8xf32>
  %rk = transformer.rope %nk, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x4xf32>
  transformer.cache_append %rk, %v, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {causal = false, num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
