// RUN: swage-opt --swage-schedule-build-programs --mlir-print-local-scope %s | FileCheck %s
// RUN: swage-opt --swage-schedule-build-programs --swage-cpu-generate-kernels %s | FileCheck %s --check-prefix=CODE

// What operations on rows bind: tables of types and positions after the tokens,
// norms with biases or in place, and what no fusion took.

// CODE: func.func @embedding_v32_c32_f32_types_positions(
// CODE: func.func @layer_norm_c32_f32(
// CODE: func.func @rms_norm_c16_f32_group4(
// CODE: func.func @addf_c16_f32(
// CODE: func.func @rms_norm_c16_f32_residual(
// CODE: func.func @select_rows_c16_f32(
// CODE: func.func @truncf_c16_bf16(
// CODE: func.func @linear_many_k16_n32_f32_bf16_f32_bias_cap(

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = 0, eos = [1]>
} {
  transformer.weight @embed : tensor<32x32xf32>
  transformer.weight @types : tensor<2x32xf32>
  transformer.weight @positions : tensor<128x32xf32>
  transformer.weight @norm : tensor<32xf32>
  transformer.weight @bias : tensor<32xf32>
  transformer.weight @head_norm : tensor<4xf32>
  transformer.weight @half_norm : tensor<16xf32>
  transformer.weight @lm_head : tensor<32x16xf32>

  // CHECK: schedule.kernel @rms_norm_c16_f32_group4 variant many
  // CHECK-NEXT: ^bb0(%[[KX:.*]]: tensor<?x32xf32>, %[[KW:.*]]: tensor<4xf32>):
  // CHECK-NEXT: %[[PARTS:.*]]:2 = transformer.split %[[KX]]
  // CHECK-NEXT: transformer.rms_norm %[[PARTS]]#0, %[[KW]]

  // CHECK: schedule.variant many cache f32
  // CHECK: %[[TOKENS:.+]] = schedule.argument tokens size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 4)>
  // CHECK: %[[BATCH:.+]] = schedule.argument batch
  // CHECK: %[[ROWS:.+]] = schedule.argument logit_rows size affine_map<()[s0, s1, s2, s3, s4] -> (s2 * 4)>
  // CHECK: %[[TYPES:.+]] = schedule.argument token_types size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 4)>
  // CHECK: schedule.dispatch @embedding_v32_c32_f32_types_positions "embedding"
  // CHECK-SAME: bindings(%[[TOKENS]], %{{.+}}, %[[TYPES]], %{{.+}}, %[[BATCH]], %{{.+}}, %[[X:.+]]) writes [false, false, false, false, false, false, true]
  // CHECK-SAME: scalars [affine_map<()[s0, s1, s2, s3, s4] -> (s0)>, affine_map<()[s0, s1, s2, s3, s4] -> (s1)>]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @layer_norm_c32_f32 "layer_norm" bindings(%[[X]], %{{.+}}, %{{.+}}, %[[N:.+]]) writes [false, false, false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @rms_norm_c16_f32_group4 "rms_norm" bindings(%[[N]], %{{.+}}, %[[H:.+]]) writes [false, false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @addf_c16_f32 "addf" bindings(%[[H]], %[[N]], %[[S:.+]]) writes [false, false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @rms_norm_c16_f32_residual "rms_norm" bindings(%[[H]], %{{.+}}, %[[S]]) writes [false, false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @select_rows_c16_f32 "select_rows" bindings(%[[S]], %[[ROWS]], %[[L:.+]]) writes [false, false, true]
  // CHECK-SAME: grid affine_map<()[s0, s1, s2, s3, s4] -> (s2)>
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @truncf_c16_bf16 "truncf" bindings(%[[L]], %[[T:.+]]) writes [false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @linear_many_k16_n32_f32_bf16_f32_bias_cap "linear"
  func.func @forward.many.f32(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>, %types: tensor<?xi32>) -> tensor<?x32xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    %table = transformer.get_weight @embed : tensor<32x32xf32>
    %type_table = transformer.get_weight @types : tensor<2x32xf32>
    %position_table = transformer.get_weight @positions : tensor<128x32xf32>
    %w = transformer.get_weight @norm : tensor<32xf32>
    %b = transformer.get_weight @bias : tensor<32xf32>
    %head = transformer.get_weight @head_norm : tensor<4xf32>
    %half = transformer.get_weight @half_norm : tensor<16xf32>
    %lm_head = transformer.get_weight @lm_head : tensor<32x16xf32>
    %x = transformer.embedding %tokens, %table types(%types, %type_table) positions(%batch, %position_table)
        : (tensor<?xi32>, tensor<32x32xf32>, tensor<?xi32>, tensor<2x32xf32>, !transformer.batch, tensor<128x32xf32>) -> tensor<?x32xf32>
    %n = transformer.layer_norm %x, %w bias %b {epsilon = 1.0e-05 : f64} : (tensor<?x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<?x32xf32>
    %left, %right = transformer.split %n : tensor<?x32xf32> -> tensor<?x16xf32>, tensor<?x16xf32>
    %h = transformer.rms_norm %left, %head {epsilon = 1.0e-06 : f64} : (tensor<?x16xf32>, tensor<4xf32>) -> tensor<?x16xf32>
    %s = arith.addf %h, %right : tensor<?x16xf32>
    %r = transformer.rms_norm %h, %half residual %s {epsilon = 1.0e-06 : f64, weight_offset = 1.0 : f64} : (tensor<?x16xf32>, tensor<16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    %l = transformer.select_rows %r, %rows : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
    %t = arith.truncf %l : tensor<?x16xf32> to tensor<?x16xbf16>
    %y = transformer.linear %t weights(%lm_head) biases(%b) {soft_cap = 30.0 : f64} : (tensor<?x16xbf16>, tensor<32x16xf32>, tensor<32xf32>) -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}
