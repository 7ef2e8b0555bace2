// RUN: swage-opt %s --swage-compression-assign-activations=activations=int8 --split-input-file | FileCheck %s
// RUN: swage-opt %s --swage-compression-assign-activations=activations=auto --split-input-file | FileCheck %s

// Codes are multiplied with codes, which an operation of their own makes once
// for all that read the same rows; the producer keeps its type.
!q4 = !compression.group<i4, 32, scale = f16>
!q6 = !compression.group<i6, 16, scale = !compression.group<i8, 16, scale = f16>>
// CHECK-LABEL: func.func @shared
// CHECK: %[[N:.*]] = transformer.rms_norm {{.*}} -> tensor<?x256xf32>
// CHECK: %[[Q:.*]] = compression.quantize %[[N]] : tensor<?x256xf32> -> tensor<?x256x!compression.group<i8, 64, scale = f32>>
// CHECK-NOT: compression.quantize
// CHECK: transformer.linear %[[Q]] weights
// CHECK: transformer.linear %[[Q]] weights
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @shared(%x: tensor<?x256xf32>, %g: tensor<256xf32>, %a: tensor<8x256x!q4>, %b: tensor<8x256x!q6>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x256xf32>, tensor<256xf32>) -> tensor<?x256xf32>
    %y = transformer.linear %n weights(%a) : (tensor<?x256xf32>, tensor<8x256x!q4>) -> tensor<?x8xf32>
    %z = transformer.linear %n weights(%b) : (tensor<?x256xf32>, tensor<8x256x!q6>) -> tensor<?x8xf32>
    return %y, %z : tensor<?x8xf32>, tensor<?x8xf32>
  }
}

// -----

// What is stored as floats stays as it is.
// CHECK-LABEL: func.func @floats
// CHECK-NOT: compression.quantize
// CHECK: return
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @floats(%x: tensor<?x256xf32>, %a: tensor<8x256xf16>) -> tensor<?x8xf32> {
    %y = transformer.linear %x weights(%a) : (tensor<?x256xf32>, tensor<8x256xf16>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
