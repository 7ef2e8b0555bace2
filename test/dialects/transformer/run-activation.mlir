// RUN: %{lower} %s | %{runner} | FileCheck %s

// Each function of [-2, 0, 1, 3]:
//
//   silu       -0.2384058, 0, 0.7310586, 2.8577224
//   gelu       -0.0455003, 0, 0.8413447, 2.9959503
//   gelu_tanh  -0.0454023, 0, 0.8411920, 2.9963627
//   relu       0, 0, 1, 3

// CHECK: {{\[\[}}-0.23840{{[0-9]*}},   0,   0.73105{{[0-9]*}},   2.8577{{[0-9]*}}]]
// CHECK: {{\[\[}}-0.0455{{[0-9]*}},   0,   0.84134{{[0-9]*}},   2.9959{{[0-9]*}}]]
// CHECK: {{\[\[}}-0.04540{{[0-9]*}},   0,   0.84119{{[0-9]*}},   2.9963{{[0-9]*}}]]
// CHECK: {{\[\[}}0,   0,   1,   3]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[-2.0, 0.0, 1.0, 3.0]]> : tensor<1x4xf32>
  %x = tensor.cast %x_values : tensor<1x4xf32> to tensor<?x4xf32>
  %silu = transformer.activation silu %x : tensor<?x4xf32>
  %silu_any = tensor.cast %silu : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%silu_any) : (tensor<*xf32>) -> ()
  %gelu = transformer.activation gelu %x : tensor<?x4xf32>
  %gelu_any = tensor.cast %gelu : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%gelu_any) : (tensor<*xf32>) -> ()
  %gelu_tanh = transformer.activation gelu_tanh %x : tensor<?x4xf32>
  %gelu_tanh_any = tensor.cast %gelu_tanh : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%gelu_tanh_any) : (tensor<*xf32>) -> ()
  %relu = transformer.activation relu %x : tensor<?x4xf32>
  %relu_any = tensor.cast %relu : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%relu_any) : (tensor<*xf32>) -> ()
  return
}
