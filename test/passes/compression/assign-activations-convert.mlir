// RUN: swage-opt %s --swage-compression-assign-activations=activations=bf16 | FileCheck %s
// RUN: swage-opt %s --swage-compression-assign-activations | FileCheck %s --check-prefix=AUTO --implicit-check-not=arith

// Rows that something else reads too, or whose producer has no choice, are
// converted when asked for, once for all readers; `auto` leaves them alone.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">]} {
  // CHECK-LABEL: func.func @negative_other_reader
  // AUTO-LABEL: func.func @negative_other_reader
  func.func @negative_other_reader(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>)
      -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
    // CHECK: %[[N:.*]] = transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    // CHECK-NEXT: %[[C:.*]] = arith.truncf %[[N]] : tensor<?x8xf32> to tensor<?x8xbf16>
    // CHECK-NEXT: transformer.linear %[[C]]
    // CHECK-NEXT: transformer.linear %[[C]]
    // CHECK-NEXT: return %[[N]]
    // AUTO: transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %a = transformer.linear %n weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    %b = transformer.linear %n weights(%w) activation(silu) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %n, %a, %b : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
  }

  // CHECK-LABEL: func.func @negative_argument
  // AUTO-LABEL: func.func @negative_argument
  func.func @negative_argument(%x: tensor<?x8xf16>, %w: tensor<8x8xbf16>) -> tensor<?x8xf32> {
    // CHECK-NEXT: %[[F:.*]] = arith.extf %arg0 : tensor<?x8xf16> to tensor<?x8xf32>
    // CHECK-NEXT: %[[C:.*]] = arith.truncf %[[F]] : tensor<?x8xf32> to tensor<?x8xbf16>
    // CHECK-NEXT: transformer.linear %[[C]]
    // AUTO: transformer.linear %arg0
    %a = transformer.linear %x weights(%w) : (tensor<?x8xf16>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %a : tensor<?x8xf32>
  }

  // The residual has the sums' type, so its producer writes f32.
  // CHECK-LABEL: func.func @negative_residual_producer
  // AUTO-LABEL: func.func @negative_residual_producer
  func.func @negative_residual_producer(%x: tensor<?x8xf32>, %w: tensor<8x8xbf16>) -> tensor<?x8xf32> {
    // CHECK: %[[A:.*]] = transformer.linear {{.*}} residual %arg0 {{.*}} -> tensor<?x8xf32>
    // CHECK: arith.truncf %[[A]]
    // AUTO: transformer.linear %arg0 {{.*}} residual %arg0 {{.*}} -> tensor<?x8xf32>
    %a = transformer.linear %x weights(%w) residual %x : (tensor<?x8xf32>, tensor<8x8xbf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
    %b = transformer.linear %a weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %b : tensor<?x8xf32>
  }
}
