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
