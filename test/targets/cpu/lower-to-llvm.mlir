// RUN: swage-opt %s --swage-cpu-lower-to-llvm | FileCheck %s

// Everything that kernels are written in becomes the LLVM dialect, the bf16
// dot product as the one instruction.

// CHECK-LABEL: llvm.func internal @kernel_body
// CHECK-NOT:     memref.
// CHECK-NOT:     unrealized_conversion_cast
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK:         llvm.return
// CHECK-LABEL: llvm.func @kernel(
// CHECK-NOT:     unrealized_conversion_cast
// CHECK:         llvm.call @kernel_body
func.func @kernel(%w: memref<?xbf16>, %out: memref<?xf32>, %begin: index,
                  %end: index) {
  %c1 = arith.constant 1 : index
  scf.for %i = %begin to %end step %c1 {
    %a = vector.load %w[%i] : memref<?xbf16>, vector<32xbf16>
    %sum = vector.load %out[%i] : memref<?xf32>, vector<16xf32>
    %0 = x86vector.avx512.dot %sum, %a, %a : vector<32xbf16> -> vector<16xf32>
    vector.store %0, %out[%i] : memref<?xf32>, vector<16xf32>
  }
  return
}
