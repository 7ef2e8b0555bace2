// RUN: swage-opt %s --swage-cpu-approximate-math | FileCheck %s

// CHECK-LABEL: func.func @exponential
// CHECK-NOT:     math.exp
// CHECK:         math.fma {{.*}} : vector<16xf32>
// CHECK-NOT:     math.exp
// CHECK:         return
func.func @exponential(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// A square root is an instruction that rounds correctly.
// CHECK-LABEL: func.func @negative_square_root
// CHECK:         math.sqrt
func.func @negative_square_root(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  return %0 : vector<16xf32>
}
