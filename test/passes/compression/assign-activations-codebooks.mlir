// RUN: swage-opt %s --swage-compression-assign-activations=activations=int8 --split-input-file | FileCheck %s --check-prefix=INT8
// RUN: swage-opt %s --swage-compression-assign-activations=activations=auto --split-input-file | FileCheck %s --check-prefix=AUTO

// Tables of integers are worth integer dot products, other values are not; who
// asks for int8 gets it.
!table = !compression.group<!compression.codebook<iq4_nl>, 32, scale = f16>
!nf4 = !compression.group<!compression.codebook<nf4>, 64, scale = f16>
// INT8-LABEL: func.func @linears
// INT8: compression.quantize
// INT8: compression.quantize
// INT8: return
// AUTO-LABEL: func.func @linears
// AUTO: %[[Q:.*]] = compression.quantize %{{.*}} : tensor<?x256xf32>
// AUTO-NOT: compression.quantize
// AUTO: transformer.linear %[[Q]] weights
// AUTO: transformer.linear %arg1 weights
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @linears(%x: tensor<?x256xf32>, %y: tensor<?x256xf32>, %a: tensor<8x256x!table>, %b: tensor<8x256x!nf4>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    %u = transformer.linear %x weights(%a) : (tensor<?x256xf32>, tensor<8x256x!table>) -> tensor<?x8xf32>
    %v = transformer.linear %y weights(%b) : (tensor<?x256xf32>, tensor<8x256x!nf4>) -> tensor<?x8xf32>
    return %u, %v : tensor<?x8xf32>, tensor<?x8xf32>
  }
}
