// RUN: swage-opt --swage-schedule-build-programs --split-input-file --verify-diagnostics %s

// What has no code fails at the operation.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  func.func @forward.many.f32(%x: tensor<?x16xf32>) -> tensor<?x16xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    // expected-error @below {{'transformer.activation' op has no CPU kernel; supported are transformer.embedding, rms_norm, layer_norm, select_rows, linear, attention, route, grouped_linear and combine, compression.quantize and permute_columns, and arith.addf, extf and truncf}}
    %y = transformer.activation silu %x : tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }
}

// -----

// A residual is overwritten by the sum.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  transformer.weight @w : tensor<16x16xf32>
  func.func @forward.many.f32(%tokens: tensor<?xi32>) -> tensor<?x16xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    %w = transformer.get_weight @w : tensor<16x16xf32>
    %x = transformer.embedding %tokens, %w : (tensor<?xi32>, tensor<16x16xf32>) -> tensor<?x16xf32>
    // expected-error @below {{'transformer.linear' op adds to a residual that is read again later; the sum would overwrite it}}
    %y = transformer.linear %x weights(%w) residual %x : (tensor<?x16xf32>, tensor<16x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    // expected-note @below {{read here}}
    %z = transformer.linear %x weights(%w) residual %y : (tensor<?x16xf32>, tensor<16x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    return %z : tensor<?x16xf32>
  }
}

// -----

// Neither can it be a part of wider rows.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  transformer.weight @t : tensor<16x32xf32>
  transformer.weight @w : tensor<16xf32>
  func.func @forward.many.f32(%tokens: tensor<?xi32>) -> tensor<?x16xf32>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = f32>} {
    %t = transformer.get_weight @t : tensor<16x32xf32>
    %w = transformer.get_weight @w : tensor<16xf32>
    %x = transformer.embedding %tokens, %t : (tensor<?xi32>, tensor<16x32xf32>) -> tensor<?x32xf32>
    %a, %b = transformer.split %x : tensor<?x32xf32> -> tensor<?x16xf32>, tensor<?x16xf32>
    // expected-error @below {{'transformer.rms_norm' op adds to columns of wider rows; the sum needs rows of its own}}
    %y = transformer.rms_norm %a, %w residual %b {epsilon = 0.0 : f64} : (tensor<?x16xf32>, tensor<16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }
}

// -----

// expected-error @below {{names no target}}
module attributes {
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
}
