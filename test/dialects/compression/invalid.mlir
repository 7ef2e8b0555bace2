// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @dequantize_c1(%w: tensor<4x8xf16>) {
  // expected-error @+1 {{'compression.dequantize' op expected a result of the input's shape, found 'tensor<4x8xf16>' and 'tensor<8x4xf32>'}}
  %f = compression.dequantize %w : tensor<4x8xf16> -> tensor<8x4xf32>
  return
}

// -----

func.func @dequantize_c2_input(%w: tensor<4x8xi8>) {
  // expected-error @+1 {{'compression.dequantize' op expected input elements of type f32, f16, bf16 or group, found 'i8'}}
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

// -----

// expected-error @+1 {{expected codes of type i1 to i8, ui1 to ui8, f4E2M1FN, f8E4M3FN, f8E5M2, codebook or grid, found 'i12'}}
func.func private @group_c1(tensor<8x32x!compression.group<i12, 32, scale = f16>>)

// -----

// expected-error @+1 {{expected zeros of type i1 to i8 or ui1 to ui8, found 'ui9'}}
func.func private @group_c1_zero(tensor<8x32x!compression.group<ui4, 32, scale = f16, zero = ui9>>)

// -----

// expected-error @+1 {{expected groups of 1 to 1048576 columns, found 0}}
func.func private @group_c2(tensor<8x32x!compression.group<i4, 0, scale = f16>>)

// -----

// expected-error @+1 {{expected scales of type f32, f16, bf16, f8E8M0FNU, f8E4M3FN or group, found f64}}
func.func private @group_c3(tensor<8x32x!compression.group<i4, 32, scale = f64>>)

// -----

// expected-error @+1 {{expected minima in groups of codes and floats only, found !compression.group<ui4, 8, scale = f16, zero = ui4>}}
func.func private @group_c3_min(tensor<8x256x!compression.group<i4, 32, scale = f16, min = !compression.group<ui4, 8, scale = f16, zero = ui4>>>)

// -----

// expected-error @+1 {{expected scales in groups of codes and floats only, found !compression.group<ui4, 8, scale = !compression.group<ui4, 8, scale = f16>>}}
func.func private @group_c3_nested(tensor<8x2048x!compression.group<i4, 32, scale = !compression.group<ui4, 8, scale = !compression.group<ui4, 8, scale = f16>>>>)

// -----

// expected-error @+1 {{expected codes of type i1 to i8, ui1 to ui8, f4E2M1FN, f8E4M3FN, f8E5M2, codebook or grid, found 'f8E8M0FNU'}}
func.func private @group_c1_float(tensor<8x32x!compression.group<f8E8M0FNU, 32, scale = f16>>)

// -----

// expected-error @+1 {{expected zeros with integers only, found codes of type '!compression.codebook<nf4>'}}
func.func private @group_c1_codebook(tensor<8x32x!compression.group<!compression.codebook<nf4>, 32, scale = f16, zero = ui4>>)

// -----

// expected-error @+1 {{expected groups of a multiple of 32 columns with '!compression.grid<iq1_s>', found 16}}
func.func private @group_c4(tensor<8x256x!compression.group<!compression.grid<iq1_s>, 16, scale = f16>>)

// -----

// expected-error @+1 {{expected scales in groups of codes and floats only, found !compression.group<!compression.grid<iq2_s>, 8, scale = f16>}}
func.func private @group_c3_grid(tensor<8x256x!compression.group<i4, 32, scale = !compression.group<!compression.grid<iq2_s>, 8, scale = f16>>>)

// -----

// expected-error @+1 {{unknown grid 'iq5'; known are iq2_xxs, iq2_xs, iq2_s, iq3_xxs, iq3_s, iq1_s, iq1_m}}
func.func private @grid_c1() attributes {compression.test = !compression.grid<iq5>}

// -----

// expected-error @+1 {{expected 3 values, or 2, 4, 8 and so on up to 256, found 5}}
func.func private @codebook_c1() attributes {compression.test = !compression.codebook<[0.0, 1.0, 2.0, 3.0, 4.0]>}

// -----

// expected-error @+1 {{expected finite values, found}}
func.func private @codebook_c2() attributes {compression.test = !compression.codebook<[0.0, 0x7F800000]>}

// -----

// expected-error @+1 {{unknown codebook 'nf3'; known are nf4, fp4, dynamic, iq4_nl, ternary, odd8, odd16}}
func.func private @codebook_name() attributes {compression.test = !compression.codebook<nf3>}

// -----

// expected-error @+1 {{expected 'min'}}
func.func private @group_order(tensor<8x32x!compression.group<ui4, 32, scale = f16, low = f16>>)

// -----

// expected-error @+1 {{expected a positive multiple of 16 rows, found 8}}
func.func private @group_tiles_c1() attributes {compression.test = #compression.group_tiles<rows = 8>}

// -----

func.func @quantize_c1(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{'compression.quantize' op expected matrices of one shape, found 'tensor<?x64xf32>' and 'tensor<?x32x!compression.group<i8, 64, scale = f32>>'}}
  %q = compression.quantize %x : tensor<?x64xf32> -> tensor<?x32x!compression.group<i8, 64, scale = f32>>
  return
}

// -----

func.func @quantize_c2(%x: tensor<?x64xi32>) {
  // expected-error @+1 {{'compression.quantize' op expected input elements of type f32, f16 or bf16, found 'i32'}}
  %q = compression.quantize %x : tensor<?x64xi32> -> tensor<?x64x!compression.group<i8, 64, scale = f32>>
  return
}

// -----

func.func @quantize_c3(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{'compression.quantize' op expected result elements in groups of signed codes with a float scale only, found '!compression.group<ui8, 32, scale = f32>'}}
  %q = compression.quantize %x : tensor<?x64xf32> -> tensor<?x64x!compression.group<ui8, 32, scale = f32>>
  return
}

// -----

// expected-error @+1 {{expected codes of type i1 to i8, ui1 to ui8, f4E2M1FN, f8E4M3FN, f8E5M2, codebook or grid, found 'si4'}}
func.func private @group_c1_signed(tensor<8x32x!compression.group<si4, 32, scale = f16>>)

// -----

func.func @quantize_c1_rank(%x: tensor<64xf32>) {
  // expected-error @+1 {{'compression.quantize' op expected matrices of one shape, found 'tensor<64xf32>'}}
  %q = compression.quantize %x : tensor<64xf32> -> tensor<64x!compression.group<i8, 64, scale = f32>>
  return
}

// -----

func.func @permute_columns_c1(%x: tensor<?x64xi8>, %order: tensor<64xi32>) {
  // expected-error @+1 {{'compression.permute_columns' op expected a matrix of f32, f16 or bf16, found 'tensor<?x64xi8>'}}
  %y = compression.permute_columns %x, %order : tensor<?x64xi8>, tensor<64xi32>
  return
}

// -----

func.func @permute_columns_c2(%x: tensor<?x64xf32>, %order: tensor<63xi32>) {
  // expected-error @+1 {{'compression.permute_columns' op expected an order of type tensor<64xi32>, found 'tensor<63xi32>'}}
  %y = compression.permute_columns %x, %order : tensor<?x64xf32>, tensor<63xi32>
  return
}

// -----

func.func @permute_columns_c2_type(%x: tensor<?x64xf32>, %order: tensor<64xi64>) {
  // expected-error @+1 {{'compression.permute_columns' op expected an order of type tensor<64xi32>, found 'tensor<64xi64>'}}
  %y = compression.permute_columns %x, %order : tensor<?x64xf32>, tensor<64xi64>
  return
}

// -----

func.func @quantize_c4(%x: tensor<?x64xf32>) {
  // expected-error @+1 {{'compression.quantize' op expected a positive finite row_range, found 0.0}}
  %q = compression.quantize %x {row_range = 0.0 : f64} : tensor<?x64xf32> -> tensor<?x64x!compression.group<i8, 32, scale = f32>>
  return
}
