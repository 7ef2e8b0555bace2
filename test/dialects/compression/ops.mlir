// RUN: swage-opt %s | swage-opt | FileCheck %s
// RUN: swage-opt %s --mlir-print-op-generic | swage-opt | FileCheck %s

// CHECK-LABEL: func.func @dequantize
func.func @dequantize(%w: tensor<24x8xf16>) -> tensor<24x8xf32> {
  // CHECK: compression.dequantize %{{.*}} : tensor<24x8xf16> -> tensor<24x8xf32>
  %f = compression.dequantize %w : tensor<24x8xf16> -> tensor<24x8xf32>
  return %f : tensor<24x8xf32>
}

// CHECK-LABEL: @row_tiles
// CHECK-SAME: #compression.row_tiles<rows = 16, interleave = 1>
func.func private @row_tiles() attributes {compression.test = #compression.row_tiles<rows = 16, interleave = 1>}

// CHECK-LABEL: @alternating
// CHECK-SAME: #compression.row_tiles<rows = 16, interleave = 2, alternating>
func.func private @alternating() attributes {compression.test = #compression.row_tiles<rows = 16, interleave = 2, alternating>}

// CHECK-LABEL: @row_major
// CHECK-SAME: #compression.row_major<pad = 16>
func.func private @row_major() attributes {compression.test = #compression.row_major<pad = 16>}

// CHECK-LABEL: func.func private @groups
// CHECK-SAME: tensor<8x32x!compression.group<i4, 32, scale = f16>>
// CHECK-SAME: tensor<8x32x!compression.group<ui4, 32, scale = bf16, zero = ui4>>
// CHECK-SAME: tensor<8x32x!compression.group<ui4, 32, scale = f32, min = f32>>
// CHECK-SAME: tensor<8x256x!compression.group<ui4, 32, scale = !compression.group<ui6, 8, scale = f16>, min = !compression.group<ui6, 8, scale = f16>>>
func.func private @groups(tensor<8x32x!compression.group<i4, 32, scale = f16>>,
                          tensor<8x32x!compression.group<ui4, 32, scale = bf16, zero = ui4>>,
                          tensor<8x32x!compression.group<ui4, 32, scale = f32, min = f32>>,
                          tensor<8x256x!compression.group<ui4, 32, scale = !compression.group<ui6, 8, scale = f16>, min = !compression.group<ui6, 8, scale = f16>>>)

// Codebooks that have names are printed by them.
// CHECK-LABEL: func.func private @codes
// CHECK-SAME: tensor<8x64x!compression.group<!compression.codebook<nf4>, 64, scale = f16>>
// CHECK-SAME: tensor<8x64x!compression.group<!compression.codebook<ternary>, 64, scale = f32>>
// CHECK-SAME: tensor<8x64x!compression.group<!compression.codebook<[-1.000000e+00, 0.000000e+00, 1.000000e+00, 2.500000e+00]>, 64, scale = f32>>
// CHECK-SAME: tensor<8x32x!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>>
// CHECK-SAME: tensor<8x64x!compression.group<f4E2M1FN, 16, scale = !compression.group<f8E4M3FN, 4, scale = f32>>>
// CHECK-SAME: tensor<8x64x!compression.group<f8E5M2, 64, scale = bf16>>
// CHECK-SAME: tensor<8x256x!compression.group<!compression.codebook<fp4>, 64, scale = !compression.group<ui8, 4, scale = f32, min = f32>>>
func.func private @codes(tensor<8x64x!compression.group<!compression.codebook<nf4>, 64, scale = f16>>,
                         tensor<8x64x!compression.group<!compression.codebook<[-1.0, 0.0, 1.0]>, 64, scale = f32>>,
                         tensor<8x64x!compression.group<!compression.codebook<[-1.0, 0.0, 1.0, 2.5]>, 64, scale = f32>>,
                         tensor<8x32x!compression.group<f4E2M1FN, 32, scale = f8E8M0FNU>>,
                         tensor<8x64x!compression.group<f4E2M1FN, 16, scale = !compression.group<f8E4M3FN, 4, scale = f32>>>,
                         tensor<8x64x!compression.group<f8E5M2, 64, scale = bf16>>,
                         tensor<8x256x!compression.group<!compression.codebook<fp4>, 64, scale = !compression.group<ui8, 4, scale = f32, min = f32>>>)

// CHECK-LABEL: func.func private @grids
// CHECK-SAME: tensor<8x256x!compression.group<!compression.grid<iq2_xxs>, 32, scale = !compression.group<!compression.codebook<odd16>, 8, scale = f16>>>
func.func private @grids(tensor<8x256x!compression.group<!compression.grid<iq2_xxs>, 32, scale = !compression.group<!compression.codebook<odd16>, 8, scale = f16>>>)

// CHECK-LABEL: @group_tiles
// CHECK-SAME: #compression.group_tiles<rows = 16>
func.func private @group_tiles() attributes {compression.test = #compression.group_tiles<rows = 16>}

// CHECK-LABEL: @alternating_groups
// CHECK-SAME: #compression.group_tiles<rows = 32, alternating>
func.func private @alternating_groups() attributes {compression.test = #compression.group_tiles<rows = 32, alternating>}

// CHECK-LABEL: func.func @dequantize_groups
func.func @dequantize_groups(%w: tensor<24x64x!compression.group<i8, 32, scale = f16>>) -> tensor<24x64xf32> {
  // CHECK: compression.dequantize %{{.*}} : tensor<24x64x!compression.group<i8, 32, scale = f16>> -> tensor<24x64xf32>
  %f = compression.dequantize %w : tensor<24x64x!compression.group<i8, 32, scale = f16>> -> tensor<24x64xf32>
  return %f : tensor<24x64xf32>
}

// CHECK-LABEL: func.func @quantize
func.func @quantize(%x: tensor<?x64xf32>) -> tensor<?x64x!compression.group<i8, 64, scale = f32>> {
  // CHECK: compression.quantize %{{.*}} : tensor<?x64xf32> -> tensor<?x64x!compression.group<i8, 64, scale = f32>>
  %q = compression.quantize %x : tensor<?x64xf32> -> tensor<?x64x!compression.group<i8, 64, scale = f32>>
  return %q : tensor<?x64x!compression.group<i8, 64, scale = f32>>
}

// CHECK-LABEL: func.func @permute_columns
func.func @permute_columns(%x: tensor<?x64xf16>, %order: tensor<64xi32>) -> tensor<?x64xf16> {
  // CHECK: compression.permute_columns %{{.*}}, %{{.*}} : tensor<?x64xf16>, tensor<64xi32>
  %y = compression.permute_columns %x, %order : tensor<?x64xf16>, tensor<64xi32>
  return %y : tensor<?x64xf16>
}
