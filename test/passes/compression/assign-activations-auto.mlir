// RUN: swage-opt %s --swage-compression-assign-activations --split-input-file | FileCheck %s

// With `auto` the type follows weights and targets.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">]} {
  // CHECK-LABEL: func.func @fastest_for_bf16
  func.func @fastest_for_bf16(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>) -> tensor<?x8xf32> {
    // CHECK: transformer.rms_norm {{.*}} -> tensor<?x8xbf16>
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %y = transformer.linear %n weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }

  // CHECK-LABEL: func.func @f32_with_f32_weights
  func.func @f32_with_f32_weights(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>, %v: tensor<8x8xf32>) -> tensor<?x16xf32> {
    // CHECK: transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %y = transformer.linear %n weights(%w, %v) : (tensor<?x8xf32>, tensor<8x8xbf16>, tensor<8x8xf32>) -> tensor<?x16xf32>
    return %y : tensor<?x16xf32>
  }

  // Two linears want different types: both take the producer's.
  // CHECK-LABEL: func.func @negative_disagreement
  func.func @negative_disagreement(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>, %v: tensor<8x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
    // CHECK: %[[N:.*]] = transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    // CHECK: transformer.linear %[[N]]
    // CHECK: transformer.linear %[[N]]
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %a = transformer.linear %n weights(%w) activation(silu) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    %b = transformer.linear %n weights(%v) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
    return %a, %b : tensor<?x8xf32>, tensor<?x8xf32>
  }
}

// -----

// Of targets with different favourites the first one chooses.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">, #swage_cpu.target<"cpu:x86-64-v4+avx512bf16">]} {
  // CHECK-LABEL: func.func @first_target
  func.func @first_target(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<8x8xbf16>) -> tensor<?x8xf32> {
    // CHECK: transformer.rms_norm {{.*}} -> tensor<?x8xf32>
    %n = transformer.rms_norm %x, %g {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
    %y = transformer.linear %n weights(%w) : (tensor<?x8xf32>, tensor<8x8xbf16>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
