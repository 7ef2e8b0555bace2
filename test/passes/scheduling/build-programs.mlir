// RUN: swage-opt --swage-schedule-build-programs %s | FileCheck %s

// A function becomes a variant: buffers first, then dispatches in the
// function's order, with a barrier between those that depend on each other.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "llama", source = "m", vocab_size = 32, max_positions = 128, bos = 0, eos = [1]>
} {
  transformer.weight @embed : tensor<32x16xf32>
  transformer.weight @norm : tensor<16xf32>

  // CHECK-LABEL: schedule.program @cpu
  // CHECK: schedule.weight @embed parts [@embed] types [tensor<32x16xf32>]
  // CHECK-SAME: layout #compression.row_tiles<rows = 16, interleave = 1>
  // CHECK: schedule.kernel @embedding_v32_c16_f32 variant many
  // CHECK: schedule.weight @norm parts [@norm] types [tensor<16xf32>]
  // CHECK-SAME: layout #compression.row_major<pad = 16>
  // CHECK: schedule.entry_point @forward
  // CHECK-NEXT: schedule.variant one cache f32 rows 1 to 1
  // CHECK: %[[TOKENS:.+]] = schedule.argument tokens
  // CHECK: schedule.argument batch
  // CHECK: %[[ROWS:.+]] = schedule.argument logit_rows
  // CHECK: %[[TABLE:.+]] = schedule.constant @embed
  // CHECK: %[[X:.+]] = schedule.arena "embedding"
  // CHECK: %[[NORM:.+]] = schedule.constant @norm
  // CHECK: %[[N:.+]] = schedule.arena "rms_norm"
  // CHECK: %[[LOGITS:.+]] = schedule.result logits columns 32
  // CHECK: schedule.dispatch @embedding_v32_c16_f32 "embedding" bindings(%[[TOKENS]], %[[TABLE]], %[[X]]) writes [false, false, true]
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @rms_norm_c16_f32_rows "rms_norm" bindings(%[[X]], %[[NORM]], %[[ROWS]], %[[N]])
  // CHECK-NEXT: schedule.barrier
  // CHECK-NEXT: schedule.dispatch @linear_one_k16_n32_f32_f32_f32 "linear" bindings(%[[N]], %[[TABLE]], %[[LOGITS]])
  // CHECK-NOT: func.func
  func.func @forward.one.f32(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>) -> tensor<?x32xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = one, min = 1, max = 1, cache = f32>} {
    %table = transformer.get_weight @embed : tensor<32x16xf32>
    %w = transformer.get_weight @norm : tensor<16xf32>
    %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x16xf32>) -> tensor<?x16xf32>
    %n = transformer.rms_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64} : (tensor<?x16xf32>, tensor<16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
    %l = transformer.linear %n weights(%table) : (tensor<?x16xf32>, tensor<32x16xf32>) -> tensor<?x32xf32>
    return %l : tensor<?x32xf32>
  }
}
