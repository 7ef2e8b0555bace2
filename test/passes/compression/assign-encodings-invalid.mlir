// RUN: swage-opt %s --swage-compression-assign-encodings=recipe=q4_0 --verify-diagnostics --split-input-file

// What is stored as codes is not quantized again.
// expected-error @+1 {{'q_proj.weight' is stored as '!compression.group<i8, 32, scale = f16>', and nothing is quantized twice; match it with a rule whose encoding is keep}}
module {
  transformer.weight @q_proj.weight : tensor<32x32x!compression.group<i8, 32, scale = f16>>
  func.func @f(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
    %w = transformer.get_weight @q_proj.weight : tensor<32x32x!compression.group<i8, 32, scale = f16>>
    %y = transformer.linear %x weights(%w) : (tensor<?x32xf32>, tensor<32x32x!compression.group<i8, 32, scale = f16>>) -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// -----

// Experts that one kernel multiplies have one encoding.
module {
  transformer.weight @experts.0.down_proj.weight : tensor<32x32xf16>
  transformer.weight @experts.1.gate.weight : tensor<32x32xf16>
  func.func @f(%h: tensor<?x32xf32>, %p: tensor<?xi32>, %groups: tensor<2x3xi32>) -> tensor<?x32xf32> {
    %a = transformer.get_weight @experts.0.down_proj.weight : tensor<32x32xf16>
    %b = transformer.get_weight @experts.1.gate.weight : tensor<32x32xf16>
    // expected-error @+1 {{matrices of experts need one encoding: 'experts.0.down_proj.weight' would have '!compression.group<i4, 32, scale = f16>', 'experts.1.gate.weight' 'f16'}}
    %s = transformer.grouped_linear %h, %p, %groups weights(%a, %b) {scatter, top_k = 1 : i64}
        : (tensor<?x32xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<32x32xf16>, tensor<32x32xf16>) -> tensor<?x32xf32>
    return %s : tensor<?x32xf32>
  }
}

// -----

// Rows that no block divides stay as they are, with a warning.
// expected-warning @+1 {{rows of 'q_proj.weight' are not whole blocks of q4_0; they stay as they are stored}}
module {
  transformer.weight @q_proj.weight : tensor<32x40xf16>
  func.func @f(%x: tensor<?x40xf32>) -> tensor<?x32xf32> {
    %w = transformer.get_weight @q_proj.weight : tensor<32x40xf16>
    %y = transformer.linear %x weights(%w) : (tensor<?x40xf32>, tensor<32x40xf16>) -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}
