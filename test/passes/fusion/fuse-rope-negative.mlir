// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-rope-and-append))' | FileCheck %s

#rope = #transformer.rope<dims = 2, theta = 1.0e+04>
#other = #transformer.rope<dims = 2, theta = 5.0e+05>
!cache = !transformer.cache<1 x 4 x f16>

// CHECK-LABEL: func.func @negative_other_rope
func.func @negative_other_rope(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: %[[Q:.*]] = transformer.rope
  // CHECK: %[[K:.*]] = transformer.rope
  // CHECK: transformer.attention %[[Q]], {{.*}} append(%[[K]], %{{.*}}) {num_heads = 2 : i64, scale
  %rq = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x8xf32>
  %rk = transformer.rope %k, %batch {head_dim = 4 : i64, rope = #other} : tensor<?x4xf32>
  transformer.cache_append %rk, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @negative_queries_only
func.func @negative_queries_only(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: %[[Q:.*]] = transformer.rope
  // CHECK: transformer.attention %[[Q]], {{.*}} {num_heads = 2 : i64, scale
  %rq = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x8xf32>
  transformer.cache_append %k, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Heads of two channels are not the cache's.
// CHECK-LABEL: func.func @negative_other_heads
func.func @negative_other_heads(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: %[[Q:.*]] = transformer.rope
  // CHECK: transformer.attention %[[Q]], {{.*}} {num_heads = 2 : i64, scale
  %rq = transformer.rope %q, %batch {head_dim = 2 : i64, rope = #rope} : tensor<?x8xf32>
  %rk = transformer.rope %k, %batch {head_dim = 2 : i64, rope = #rope} : tensor<?x4xf32>
  transformer.cache_append %rk, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// The queries' positions are those of another batch.
// CHECK-LABEL: func.func @negative_other_batch
func.func @negative_other_batch(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %b2: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: %[[Q:.*]] = transformer.rope
  // CHECK: transformer.attention %[[Q]], {{.*}} {num_heads = 2 : i64, scale
  %rq = transformer.rope %q, %b2 {head_dim = 4 : i64, rope = #rope} : tensor<?x8xf32>
  %rk = transformer.rope %k, %batch {head_dim = 4 : i64, rope = #rope} : tensor<?x4xf32>
  transformer.cache_append %rk, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %rq, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
