// RUN: %{lower} %s | %{runner} | FileCheck %s

// Two parts with biases, side by side; f16 weights and bf16 rows.
//
//   x = [[1, 2], [3, -1]]
//   W0 = [[1, 1], [0.5, -2]], b0 = [0.25, 1], W1 = [[-1, 3]], b1 = [-4]
//
//   [1 + 2 + 0.25, 0.5 - 4 + 1,   -1 + 6 - 4]
//   [3 - 1 + 0.25, 1.5 + 2 + 1,   -3 - 3 - 4]

// CHECK: {{\[\[}}3.25,   -2.5,   1],
// CHECK-NEXT:  [2.25,   4.5,   -10]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xbf16>
  %x = tensor.cast %x_values : tensor<2x2xbf16> to tensor<?x2xbf16>
  %w0 = arith.constant dense<[[1.0, 1.0], [0.5, -2.0]]> : tensor<2x2xf16>
  %w1 = arith.constant dense<[[-1.0, 3.0]]> : tensor<1x2xf16>
  %b0 = arith.constant dense<[0.25, 1.0]> : tensor<2xf32>
  %b1 = arith.constant dense<[-4.0]> : tensor<1xf32>
  %y = transformer.linear %x weights(%w0, %w1) biases(%b0, %b1)
      : (tensor<?x2xbf16>, tensor<2x2xf16>, tensor<1x2xf16>, tensor<2xf32>, tensor<1xf32>) -> tensor<?x3xf32>
  %y_any = tensor.cast %y : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  return
}
