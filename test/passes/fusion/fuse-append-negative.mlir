// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-fuse-rope-and-append))' | FileCheck %s --implicit-check-not='append('

!cache = !transformer.cache<1 x 4 x f16>

transformer.cache @c0 : !cache
func.func private @callee()

// CHECK-LABEL: func.func @negative_read_in_between
func.func @negative_read_in_between(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !cache) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  // CHECK: transformer.attention
  // CHECK: transformer.cache_append
  // CHECK: transformer.attention
  // CHECK: transformer.attention
  %a = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  transformer.cache_append %k, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  func.call @callee() : () -> ()
  %b = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  %d = transformer.attention %b, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a, %d : tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: func.func @negative_other_batch
func.func @negative_other_batch(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %other: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: transformer.cache_append
  transformer.cache_append %k, %k, %other, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  %a = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Nothing is appended before the attention.
// CHECK-LABEL: func.func @negative_no_append
func.func @negative_no_append(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !cache) -> tensor<?x8xf32> {
  // CHECK: transformer.attention
  // CHECK: transformer.cache_append
  %a = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
  transformer.cache_append %k, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !cache
  return %a : tensor<?x8xf32>
}
