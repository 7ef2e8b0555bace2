// RUN: swage-opt %s --swage-compression-verify-compressed --verify-diagnostics --split-input-file

module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @accepted(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>) -> tensor<?x4xf32> {
    %y = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xf16>) -> tensor<?x4xf32>
    return %y : tensor<?x4xf32>
  }
}

// -----

module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @negative_unsupported(%x: tensor<?x8xf32>, %w: tensor<4x8xi8>) -> tensor<?x4xf32> {
    // expected-error @+1 {{'transformer.linear' op multiplies 'f32' rows with 'i8' weights, which target 'cpu:x86-64-v3' cannot: swage-compression-assign-activations chooses other rows}}
    %y = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xi8>) -> tensor<?x4xf32>
    return %y : tensor<?x4xf32>
  }
}

// -----

// expected-error @+1 {{module names no target: 'swage.targets' must be an array of target attributes}}
module {}
