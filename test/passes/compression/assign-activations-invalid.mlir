// RUN: swage-opt %s --swage-compression-assign-activations=activations=f16 --verify-diagnostics --split-input-file

// expected-error @+1 {{module names no target: 'swage.targets' must be an array of target attributes}}
module {}

// -----

// expected-error @+1 {{module names no target: 'swage.targets' must be an array of target attributes}}
module attributes {swage.targets = []} {}

// -----

// expected-error @+1 {{element of 'swage.targets' is not a target attribute: "cpu"}}
module attributes {swage.targets = ["cpu"]} {}

// -----

module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  func.func @negative_unsupported(%x: tensor<?x8xf32>, %w: tensor<4x8xi8>, %v: tensor<4x8xf16>) -> tensor<?x8xf32> {
    // expected-error @+1 {{target 'cpu:x86-64-v3' cannot multiply 'f16' rows with weights of 'f16', 'i8'; supported activations: none}}
    %y = transformer.linear %x weights(%v, %w) : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x8xi8>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
