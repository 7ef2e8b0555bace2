// RUN: swage-opt %s --swage-compression-assign-activations=activations=auto | FileCheck %s
// RUN: swage-opt %s --swage-compression-assign-activations=activations=int8 | FileCheck %s
// RUN: swage-opt %s --swage-compression-assign-activations=activations=f32 | FileCheck %s --check-prefix=FLOAT
// RUN: not swage-opt %s --swage-compression-assign-activations=activations=bf16 2>&1 | FileCheck %s --check-prefix=ERROR

// A model that says how rows are quantized gets them so; exact products stay
// possible, and anything else would contradict it.
!q8 = !compression.group<i8, 256, scale = f16>
// CHECK-LABEL: func.func @rows
// CHECK: compression.quantize %{{.*}} {row_range = 1.275000e+02 : f64} : tensor<?x256xf32> -> tensor<?x256x!compression.group<i8, 64, scale = f32>>
// FLOAT-LABEL: func.func @rows
// FLOAT-NOT: compression.quantize
// ERROR: error: the model quantizes the rows that its weights are multiplied with to 8 bits, which activations 'bf16' contradict; expected auto, int8 or f32
module attributes {compression.row_range = 127.5 : f64, swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @rows(%x: tensor<?x256xf32>, %a: tensor<8x256x!q8>) -> tensor<?x8xf32> {
    %y = transformer.linear %x weights(%a) : (tensor<?x256xf32>, tensor<8x256x!q8>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
