// RUN: swage-opt --swage-schedule-build-programs %s | FileCheck %s

// Layers of equal shape share their kernels, however many there are.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "llama", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  transformer.weight @embed : tensor<32x16xf32>
  transformer.weight @a : tensor<16xf32>
  transformer.weight @b : tensor<16xf32>

  // CHECK: schedule.kernel @rms_norm_c16_f32 variant many
  // CHECK-NOT: schedule.kernel @rms_norm
  // CHECK: schedule.dispatch @rms_norm_c16_f32 "rms_norm"
  // CHECK: schedule.dispatch @rms_norm_c16_f32 "rms_norm"
  func.func @forward.many.f32(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>) -> tensor<?x16xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    %table = transformer.get_weight @embed : tensor<32x16xf32>
    %a = transformer.get_weight @a : tensor<16xf32>
    %b = transformer.get_weight @b : tensor<16xf32>
    %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x16xf32>) -> tensor<?x16xf32>
    %n = transformer.rms_norm %x, %a {epsilon = 1.0e-05 : f64} : (tensor<?x16xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    %m = transformer.rms_norm %n, %b {epsilon = 1.0e-05 : f64} : (tensor<?x16xf32>, tensor<16xf32>) -> tensor<?x16xf32>
    return %m : tensor<?x16xf32>
  }
}
