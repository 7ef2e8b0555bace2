// RUN: swage-opt --swage-schedule-build-programs --mlir-print-local-scope %s | FileCheck %s

// An entry point may have several results, each with a role of its own, which
// later dispatches may read, and one row for each sequence.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "bert", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = [], token_types = 2>
} {
  transformer.weight @embed : tensor<32x16xf32>
  transformer.weight @types : tensor<2x16xf32>
  transformer.weight @norm : tensor<16xf32>
  transformer.weight @pooler : tensor<16x16xf32>

  // CHECK-LABEL: schedule.program @cpu
  // CHECK: schedule.kernel @first_rows_c16_f32 variant many
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<?x16xf32>, %{{.*}}: !transformer.batch):
  // CHECK: schedule.entry_point @encode whole_sequences {
  // CHECK: schedule.argument tokens
  // CHECK: schedule.argument token_types
  // CHECK: %[[BATCH:.+]] = schedule.argument batch
  // CHECK: %[[WANTED:.+]] = schedule.argument logit_rows
  // CHECK: %[[HIDDEN:.+]] = schedule.result hidden columns 16 row_length 16 size affine_map<()[s0, s1, s2, s3, s4] -> ((s0 ceildiv 16) * 1024)>
  // CHECK: %[[SELECTED:.+]] = schedule.arena "select_rows" size affine_map<()[s0, s1, s2, s3, s4] -> ((s2 ceildiv 16) * 1024)>
  // CHECK: %[[FIRST:.+]] = schedule.arena "first_rows" size affine_map<()[s0, s1, s2, s3, s4] -> ((s1 ceildiv 16) * 1024)>
  // CHECK: %[[LOGITS:.+]] = schedule.result logits columns 32
  // CHECK: schedule.result pooled columns 16 row_length 16 size affine_map<()[s0, s1, s2, s3, s4] -> ((s1 ceildiv 16) * 1024)>
  // CHECK: schedule.dispatch @select_rows_c16_f32 "select_rows" bindings(%[[HIDDEN]], %[[WANTED]], %[[SELECTED]])
  // CHECK-NOT: schedule.barrier
  // CHECK: schedule.dispatch @first_rows_c16_f32 "first_rows" bindings(%[[HIDDEN]], %[[BATCH]], %[[FIRST]])
  // CHECK-SAME: grid affine_map<()[s0, s1, s2, s3, s4] -> (s1)>
  func.func @encode.many(%tokens: tensor<?xi32>, %types: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>)
      -> (tensor<?x16xf32> {transformer.result = "hidden"}, tensor<?x32xf32>, tensor<?x16xf32> {transformer.result = "pooled"})
      attributes {transformer.whole_sequences,
                  schedule.variant = #schedule.variant<entry = "encode", rows = many, min = 1, max = 4294967295, cache = none>} {
    %table = transformer.get_weight @embed : tensor<32x16xf32>
    %type_table = transformer.get_weight @types : tensor<2x16xf32>
    %w = transformer.get_weight @norm : tensor<16xf32>
    %p = transformer.get_weight @pooler : tensor<16x16xf32>
    %x = transformer.embedding %tokens, %table types(%types, %type_table)
        : (tensor<?xi32>, tensor<32x16xf32>, tensor<?xi32>, tensor<2x16xf32>) -> tensor<?x16xf32>
    %hidden = transformer.layer_norm %x, %w bias %w {epsilon = 1.0e-12 : f64}
        : (tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    %selected = transformer.select_rows %hidden, %rows : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x16xf32>
    %first = transformer.first_rows %hidden, %batch : tensor<?x16xf32> -> tensor<?x16xf32>
    %logits = transformer.linear %selected weights(%table) : (tensor<?x16xf32>, tensor<32x16xf32>) -> tensor<?x32xf32>
    %pooled = transformer.linear %first weights(%p) activation(tanh) : (tensor<?x16xf32>, tensor<16x16xf32>) -> tensor<?x16xf32>
    return %hidden, %logits, %pooled : tensor<?x16xf32>, tensor<?x32xf32>, tensor<?x16xf32>
  }
}
