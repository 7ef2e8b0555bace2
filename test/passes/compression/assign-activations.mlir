// RUN: swage-opt %s --swage-compression-assign-activations=activations=bf16 | FileCheck %s --check-prefixes=CHECK,BF16
// RUN: swage-opt %s --swage-compression-assign-activations=activations=f16 | FileCheck %s --check-prefixes=CHECK,F16
// RUN: swage-opt %s --swage-compression-assign-activations=activations=f32 | FileCheck %s --check-prefixes=CHECK,F32

// Each producer writes what the linears behind it read; sums stay f32.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">]} {
  // CHECK-LABEL: func.func @norm_and_gate
  func.func @norm_and_gate(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>) -> (tensor<?x16xf32>, tensor<?x8xf32>) {
    // BF16: transformer.rms_norm {{.*}} -> tensor<?x8xbf16>
    // F16: transformer.rms_norm {{.*}} -> tensor<?x8xf16>
    // F32: transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    // CHECK: transformer.linear {{.*}} -> tensor<?x16xf32>
    // BF16: transformer.linear {{.*}} activation(gated silu) : (tensor<?x8xbf16>, {{.*}} -> tensor<?x8xbf16>
    // F16: transformer.linear {{.*}} activation(gated silu) : (tensor<?x8xf16>, {{.*}} -> tensor<?x8xf16>
    // F32: transformer.linear {{.*}} activation(gated silu) : (tensor<?x8xf32>, {{.*}} -> tensor<?x8xf32>
    // CHECK: transformer.linear {{.*}} residual {{.*}} -> tensor<?x8xf32>
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %s = transformer.linear %n weights(%w, %w) : (tensor<?x8xf32>, tensor<8x8xbf16>, tensor<8x8xbf16>) -> tensor<?x16xf32>
    %h = transformer.linear %n weights(%w, %w) activation(gated silu) : (tensor<?x8xf32>, tensor<8x8xbf16>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    %y = transformer.linear %h weights(%w) residual %x : (tensor<?x8xf32>, tensor<8x8xbf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
    return %s, %y : tensor<?x16xf32>, tensor<?x8xf32>
  }

  // CHECK-LABEL: func.func @attention
  func.func @attention(%q: tensor<?x8xf32>, %batch: !transformer.batch, %c: !transformer.cache<1 x 4 x f16>, %w: tensor<8x8xbf16>) -> tensor<?x8xf32> {
    // BF16: transformer.attention {{.*}} -> tensor<?x8xbf16>
    // F16: transformer.attention {{.*}} -> tensor<?x8xf16>
    // F32: transformer.attention {{.*}} -> tensor<?x8xf32>
    %a = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
        : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f16>) -> tensor<?x8xf32>
    %y = transformer.linear %a weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
