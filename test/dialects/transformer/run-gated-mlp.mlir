// RUN: %{lower} %s | %{runner} | FileCheck %s

// Gate sums [3, -3.5], up sums [-1, 4], hidden relu(gate) * up = [-3, 0], down
// [[1, 5], [2, 5], [-1, 5]] gives [-3, -6, 3]. With biases [0, 4.5], [2, 0] and
// [0.5, 0, 0]: gate [3, 1], up [1, 4], hidden [3, 4], down
// [3 + 20 + 0.5, 6 + 20, -3 + 20].

// CHECK: {{\[\[}}-3,   -6,   3]]
// CHECK: {{\[\[}}23.5,   26,   17]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %x = tensor.cast %x_values : tensor<1x2xf32> to tensor<?x2xf32>
  %gate = arith.constant dense<[[1.0, 1.0], [0.5, -2.0]]> : tensor<2x2xf16>
  %up = arith.constant dense<[[-1.0, 0.0], [0.0, 2.0]]> : tensor<2x2xf16>
  %down = arith.constant dense<[[1.0, 5.0], [2.0, 5.0], [-1.0, 5.0]]> : tensor<3x2xf16>
  %plain = transformer.gated_mlp relu %x gate %gate up %up down %down
      : (tensor<?x2xf32>, tensor<2x2xf16>, tensor<2x2xf16>, tensor<3x2xf16>) -> tensor<?x3xf32>
  %plain_any = tensor.cast %plain : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%plain_any) : (tensor<*xf32>) -> ()
  %bg = arith.constant dense<[0.0, 4.5]> : tensor<2xf32>
  %bu = arith.constant dense<[2.0, 0.0]> : tensor<2xf32>
  %bd = arith.constant dense<[0.5, 0.0, 0.0]> : tensor<3xf32>
  %biased = transformer.gated_mlp relu %x gate %gate up %up down %down biases(%bg, %bu, %bd)
      : (tensor<?x2xf32>, tensor<2x2xf16>, tensor<2x2xf16>, tensor<3x2xf16>, tensor<2xf32>, tensor<2xf32>, tensor<3xf32>)
      -> tensor<?x3xf32>
  %biased_any = tensor.cast %biased : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%biased_any) : (tensor<*xf32>) -> ()
  return
}
