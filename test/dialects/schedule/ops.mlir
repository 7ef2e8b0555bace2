// RUN: swage-opt %s | swage-opt | FileCheck %s
// RUN: swage-opt %s --mlir-print-op-generic | swage-opt | FileCheck %s

transformer.weight @q : tensor<8x8xf16>
transformer.weight @k : tensor<4x8xf16>
transformer.weight @norm : tensor<8xf16>

// CHECK-LABEL: schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {
  // CHECK: schedule.weight @qk parts [@q, @k] types [tensor<8x8xf16>, tensor<4x8xf16>] layout #compression.row_tiles<rows = 16, interleave = 1>
  schedule.weight @qk parts [@q, @k] types [tensor<8x8xf16>, tensor<4x8xf16>]
      layout #compression.row_tiles<rows = 16, interleave = 1>
  // CHECK: schedule.weight @norm parts [@norm] types [tensor<8xf16>] layout #compression.row_major<pad = 16>
  schedule.weight @norm parts [@norm] types [tensor<8xf16>] layout #compression.row_major<pad = 16>
  // CHECK: schedule.phases @rope <dims = 4, theta = 1.000000e+04> positions 1024 step 256
  schedule.phases @rope #transformer.rope<dims = 4, theta = 1.0e+04> positions 1024 step 256
  // CHECK: schedule.kernel @rms_norm variant one {
  // CHECK-NEXT: ^bb0(%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<8xf32>):
  schedule.kernel @rms_norm variant one {
  ^bb0(%x: tensor<?x8xf32>, %w: tensor<8xf32>):
    %n = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    // CHECK: schedule.yield %{{.*}} : tensor<?x8xf32>
    schedule.yield %n : tensor<?x8xf32>
  }
  // CHECK: schedule.entry_point @encode whole_sequences {
  schedule.entry_point @encode whole_sequences {
  }
  // CHECK: schedule.entry_point @forward {
  schedule.entry_point @forward {
    // CHECK-NEXT: schedule.variant few cache f16 rows 2 to 15 {
    schedule.variant few cache f16 rows 2 to 15 {
      // CHECK-NEXT: %{{.*}} = schedule.argument tokens size #{{.*}}
      %tokens = schedule.argument tokens size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 4)>
      // CHECK-NEXT: %{{.*}} = schedule.result logits columns 4096 row_length 4112 size #{{.*}}
      %logits = schedule.result logits columns 4096 row_length 4112 size affine_map<()[s0, s1, s2, s3, s4] -> (s2 * 16448)>
      // CHECK-NEXT: %{{.*}} = schedule.arena "x" size #{{.*}}
      %x = schedule.arena "x" size affine_map<()[s0, s1, s2, s3, s4] -> ((s0 ceildiv 16) * 512)>
      // What buffers hold may be said.
      // CHECK-NEXT: schedule.arena "y" size #{{.*}} holds tensor<?x6xbf16> rows #{{.*}} row_length 8
      %y = schedule.arena "y" size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 16)> holds tensor<?x6xbf16>
          rows affine_map<()[s0, s1, s2, s3, s4] -> (s0)> row_length 8
      // CHECK-NEXT: schedule.result hidden columns 4 row_length 16 size #{{.*}} rows #{{.*}}
      %h = schedule.result hidden columns 4 row_length 16 size affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 64)>
          rows affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
      // CHECK-NEXT: %{{.*}} = schedule.state "cache.0.keys" page_bytes 8192
      %keys = schedule.state "cache.0.keys" page_bytes 8192
      // CHECK-NEXT: %{{.*}} = schedule.constant @norm
      %w = schedule.constant @norm
      // CHECK-NEXT: %{{.*}} = schedule.constant @rope
      %phases = schedule.constant @rope
      // CHECK-NEXT: schedule.dispatch @rms_norm "layer 0 norm" bindings(%{{.*}}, %{{.*}}, %{{.*}}) writes [false, false, true] scalars [#{{.*}}] grid #{{.*}} bytes #{{.*}} multiply_adds #{{.*}}
      schedule.dispatch @rms_norm "layer 0 norm" bindings(%x, %w, %x) writes [false, false, true]
          scalars [affine_map<()[s0, s1, s2, s3, s4] -> (s0)>] grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
          bytes affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 64)> multiply_adds affine_map<()[s0, s1, s2, s3, s4] -> (s0 * 16)>
      // CHECK-NEXT: schedule.barrier
      schedule.barrier
      // CHECK-NEXT: schedule.dispatch @rms_norm "no cost" bindings(%{{.*}}) writes [true] scalars [] grid #{{[^ ]*$}}
      schedule.dispatch @rms_norm "no cost" bindings(%x) writes [true] scalars []
          grid affine_map<()[s0, s1, s2, s3, s4] -> (s0)>
    }
  }
}

// CHECK-LABEL: @variant
// CHECK-SAME: #schedule.variant<entry = "forward", rows = few, min = 2, max = 15, cache = f16>
func.func private @variant() attributes {schedule.test = #schedule.variant<entry = "forward", rows = few, min = 2, max = 15, cache = f16>}
