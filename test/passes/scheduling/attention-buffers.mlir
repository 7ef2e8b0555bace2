// RUN: swage-opt --swage-schedule-build-programs %s | FileCheck %s
// RUN: swage-opt --swage-schedule-build-programs --swage-cpu-generate-kernels %s | FileCheck %s --check-prefix=CODE

// Queries, keys and values in up to three buffers, each of them bound once;
// kernels of different buffers, windows and caps are different.

#rope = #transformer.rope<dims = 4, theta = 1.0e+04>
!cache = !transformer.cache<1 x 4 x f32>

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "qwen3", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  transformer.weight @embed : tensor<32x16xf32>
  transformer.weight @norm : tensor<4xf32>
  transformer.cache @c0 : !cache
  transformer.cache @c1 : !cache
  transformer.cache @c2 : !cache

  // CHECK-DAG: schedule.kernel @attention_many_h2_kv1_d4_f32_f32_rope4 variant many
  // CHECK-DAG: schedule.kernel @attention_many_h2_kv1_d4_f32_f32_rope4_window40_cap variant many
  // CHECK-DAG: schedule.kernel @attention_many_h2_kv1_d4_f32_f32_full variant many
  func.func @forward.many.f32(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>) -> tensor<?x8xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    %table = transformer.get_weight @embed : tensor<32x16xf32>
    %w = transformer.get_weight @norm : tensor<4xf32>
    %c0 = transformer.get_cache @c0 : !cache
    %c1 = transformer.get_cache @c1 : !cache
    %c2 = transformer.get_cache @c2 : !cache
    // CHECK: schedule.dispatch @embedding{{.*}} bindings(%{{.*}}, %{{.*}}, %[[X:[^)]*]])
    // CHECK: schedule.dispatch @rms_norm{{.*}} bindings(%[[X]], %{{[^,]*}}, %[[NQ:[^)]*]])
    // CHECK: schedule.dispatch @rms_norm{{.*}} bindings(%[[X]], %{{[^,]*}}, %[[NK:[^)]*]])
    // CHECK: schedule.dispatch @attention_many_h2_kv1_d4_f32_f32_rope4 "attention" bindings(%[[NQ]], %[[NK]], %[[X]], %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %[[A:[^)]*]])
    // CHECK: schedule.dispatch @attention_many_h2_kv1_d4_f32_f32_rope4_window40_cap "attention" bindings(%[[A]], %[[NK]], %[[X]], %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %[[B:[^)]*]])
    // CHECK: schedule.dispatch @attention_many_h2_kv1_d4_f32_f32_full "attention" bindings(%[[B]], %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^)]*}})
    %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x16xf32>) -> tensor<?x16xf32>
    %q, %k, %v = transformer.split %x : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
    %nq = transformer.rms_norm %q, %w {epsilon = 1.0e-06 : f64} : (tensor<?x8xf32>, tensor<4xf32>) -> tensor<?x8xf32>
    %nk = transformer.rms_norm %k, %w {epsilon = 1.0e-06 : f64} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
    %a = transformer.attention %nq, %batch, %c0 append(%nk, %v) {num_heads = 2 : i64, scale = 0.5 : f64, rope = #rope}
        : (tensor<?x8xf32>, !transformer.batch, !cache, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
    %b = transformer.attention %a, %batch, %c1 append(%nk, %v) {num_heads = 2 : i64, scale = 0.5 : f64, rope = #rope, window = 40 : i64, soft_cap = 50.0 : f64}
        : (tensor<?x8xf32>, !transformer.batch, !cache, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
    %y, %z = transformer.split %b : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
    %d = transformer.attention %b, %batch, %c2 append(%y, %z) {num_heads = 2 : i64, scale = 0.5 : f64, causal = false}
        : (tensor<?x8xf32>, !transformer.batch, !cache, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x8xf32>
    return %d : tensor<?x8xf32>
  }
}

// Seven bindings and the result; five without two of the buffers and phases.
// CODE-DAG: func.func @attention_many_h2_kv1_d4_f32_f32_rope4(%{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xi32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: index
// CODE-DAG: func.func @attention_many_h2_kv1_d4_f32_f32_full(%{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?xi32>, %{{.*}}: memref<?xf32>, %{{.*}}: index
