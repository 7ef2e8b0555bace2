// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @dequantize_c1(%w: tensor<4x8xf16>) {
  // expected-error @+1 {{'compression.dequantize' op expected a result of the input's shape, found 'tensor<4x8xf16>' and 'tensor<8x4xf32>'}}
  %f = compression.dequantize %w : tensor<4x8xf16> -> tensor<8x4xf32>
  return
}

// -----

func.func @dequantize_c2_input(%w: tensor<4x8xi8>) {
  // expected-error @+1 {{'compression.dequantize' op expected input elements of type f32, f16 or bf16, found 'i8'}}
  %f = compression.dequantize %w : tensor<4x8xi8> -> tensor<4x8xf32>
  return
}

// -----

func.func @dequantize_c2_result(%w: tensor<4x8xf16>) {
  // expected-error @+1 {{'compression.dequantize' op expected result elements of type f32, found 'f16'}}
  %f = compression.dequantize %w : tensor<4x8xf16> -> tensor<4x8xf16>
  return
}

// -----

// expected-error @+1 {{expected positive rows and interleave, found 16 and 0}}
func.func private @row_tiles_c1() attributes {compression.test = #compression.row_tiles<rows = 16, interleave = 0>}

// -----

// expected-error @+1 {{expected a positive pad, found 0}}
func.func private @row_major_c1() attributes {compression.test = #compression.row_major<pad = 0>}
