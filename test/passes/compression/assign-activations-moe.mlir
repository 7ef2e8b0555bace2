// RUN: swage-opt %s --swage-compression-assign-activations | FileCheck %s

// The router and the grouped linears read what was normalized in one type, and
// the hidden rows have it too; what is combined stays f32.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">]} {
  // CHECK-LABEL: func.func @moe
  func.func @moe(%x: tensor<?x8xf32>, %gamma: tensor<8xf32>, %r: tensor<2x8xbf16>, %g: tensor<24x8xbf16>, %d: tensor<8x24xbf16>) -> tensor<?x8xf32> {
    // CHECK: transformer.rms_norm {{.*}} -> tensor<?x8xbf16>
    %n = transformer.rms_norm %x, %gamma {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    // CHECK: transformer.linear {{.*}} : (tensor<?x8xbf16>, tensor<2x8xbf16>) -> tensor<?x2xf32>
    %l = transformer.linear %n weights(%r) : (tensor<?x8xf32>, tensor<2x8xbf16>) -> tensor<?x2xf32>
    // CHECK: transformer.route
    %w, %e, %p, %groups = transformer.route %l {normalize, top_k = 1 : i64}
        : tensor<?x2xf32> -> tensor<?x1xf32>, tensor<?x1xi32>, tensor<?xi32>, tensor<2x3xi32>
    // CHECK: transformer.grouped_linear {{.*}} -> tensor<?x24xbf16>
    %h = transformer.grouped_linear %n, %p, %groups weights(%g, %g, %g, %g) activation silu {top_k = 1 : i64}
        : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xbf16>, tensor<24x8xbf16>, tensor<24x8xbf16>,
           tensor<24x8xbf16>) -> tensor<?x24xf32>
    // CHECK: transformer.grouped_linear {{.*}} -> tensor<?x8xf32>
    %s = transformer.grouped_linear %h, %p, %groups weights(%d, %d) {scatter, top_k = 1 : i64}
        : (tensor<?x24xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<8x24xbf16>, tensor<8x24xbf16>) -> tensor<?x8xf32>
    %y = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
