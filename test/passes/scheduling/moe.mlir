// RUN: swage-opt --swage-schedule-build-programs --mlir-print-local-scope %s | FileCheck %s

// All experts' weights are one constant, gate and up tiles taking turns, and a
// dispatch binds five buffers. Two places for each row; one row takes two of
// the four groups, whatever the number of experts.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "mixtral", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  transformer.weight @embed : tensor<32x16xf32>
  transformer.weight @router : tensor<4x16xf32>
  transformer.weight @a : tensor<64x16xf32>
  transformer.weight @b : tensor<64x16xf32>
  transformer.weight @d : tensor<16x64xf32>
  transformer.weight @norm : tensor<16xf32>

  // CHECK: schedule.weight @a parts [@a, @b, @a, @b, @a, @b, @a, @b]
  // CHECK-SAME: layout #compression.row_tiles<rows = 16, interleave = 1, alternating>
  // CHECK: schedule.kernel @grouped_linear_one_e4_top2_k16_n64_f32_f32_f32_gated_silu variant one
  // CHECK: schedule.weight @d parts [@d, @d, @d, @d]
  // CHECK-SAME: layout #compression.row_tiles<rows = 16, interleave = 1>
  // CHECK: schedule.entry_point @forward
  // CHECK: schedule.dispatch @linear_one_k16_n4
  // CHECK: schedule.barrier
  // CHECK: schedule.dispatch @route_e4_top2 {{.*}} bindings(%{{.*}}, %[[W:.*]], %[[E:.*]], %[[P:.*]], %[[G:.*]]) writes [false, true, true, true, true]
  // CHECK-SAME: grid affine_map<()[s0, s1, s2, s3, s4] -> (1)>
  // CHECK: schedule.barrier
  // CHECK: schedule.dispatch @grouped_linear_one_e4_top2_k16_n64{{.*}} bindings(%{{.*}}, %{{.*}}, %[[P]], %[[G]], %[[H:.*]]) writes [false, false, false, false, true]
  // CHECK-SAME: scalars [affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 2)>] grid affine_map<()[s0, s1, s2, s3, s4] -> (4)>
  // CHECK-SAME: multiply_adds affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 4096)>
  // CHECK: schedule.barrier
  // CHECK: schedule.dispatch @grouped_linear_one_e4_top2_k64_n16{{.*}}_scatter {{.*}} bindings(%[[H]], %{{.*}}, %[[P]], %[[G]], %[[S:.*]]) writes [false, false, false, false, true]
  // CHECK-SAME: grid affine_map<()[s0, s1, s2, s3, s4] -> (2)>
  // CHECK: schedule.barrier
  // CHECK: schedule.dispatch @combine_top2_c16_residual {{.*}} bindings(%[[S]], %[[W]], %[[X:.*]]) writes [false, false, true]
  // CHECK-SAME: scalars [affine_map<()[s0, s1, s2, s3, s4] -> (s0)>] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
  func.func @forward.one.f32(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>) -> tensor<?x16xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = one, min = 1, max = 1, cache = f32>} {
    %table = transformer.get_weight @embed : tensor<32x16xf32>
    %r = transformer.get_weight @router : tensor<4x16xf32>
    %a = transformer.get_weight @a : tensor<64x16xf32>
    %b = transformer.get_weight @b : tensor<64x16xf32>
    %d = transformer.get_weight @d : tensor<16x64xf32>
    %norm = transformer.get_weight @norm : tensor<16xf32>
    %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x16xf32>) -> tensor<?x16xf32>
    %n = transformer.embedding %tokens, %table {scale = 2.0 : f64} : (tensor<?xi32>, tensor<32x16xf32>) -> tensor<?x16xf32>
    %l = transformer.linear %n weights(%r) : (tensor<?x16xf32>, tensor<4x16xf32>) -> tensor<?x4xf32>
    %w, %e, %p, %groups = transformer.route %l {normalize, top_k = 2 : i64}
        : tensor<?x4xf32> -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<4x3xi32>
    %h = transformer.grouped_linear %n, %p, %groups weights(%a, %b, %a, %b, %a, %b, %a, %b) activation silu {top_k = 2 : i64}
        : (tensor<?x16xf32>, tensor<?xi32>, tensor<4x3xi32>, tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>,
           tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<?x64xf32>
    %s = transformer.grouped_linear %h, %p, %groups weights(%d, %d, %d, %d) {scatter, top_k = 2 : i64}
        : (tensor<?x64xf32>, tensor<?xi32>, tensor<4x3xi32>, tensor<16x64xf32>, tensor<16x64xf32>, tensor<16x64xf32>,
           tensor<16x64xf32>) -> tensor<?x16xf32>
    %y = transformer.combine %s, %w residual %x : (tensor<?x16xf32>, tensor<?x2xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %z = transformer.rms_norm %y, %norm {epsilon = 1.0e-05 : f64} : (tensor<?x16xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    return %z : tensor<?x16xf32>
  }
}
