// RUN: %{lower} %s | %{runner} | FileCheck %s

// Sums of x = [1, 2] with [1, 0], [3, -4] and [0, 30], plus the bias [0, 1, 0]:
// 1, -4, 60. Capped at 2: 2 tanh(0.5), 2 tanh(-2), 2 tanh(30).

// CHECK: {{\[\[}}0.92423{{[0-9]*}},   -1.928{{[0-9]*}},   2]]
// CHECK: {{\[\[}}0.92423{{[0-9]*}},   -1.928{{[0-9]*}},   2]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[9.0, 9.0], [1.0, 2.0]]> : tensor<2x2xf32>
  %x = tensor.cast %x_values : tensor<2x2xf32> to tensor<?x2xf32>
  %w = arith.constant dense<[[1.0, 0.0], [3.0, -4.0], [0.0, 30.0]]> : tensor<3x2xf32>
  %b = arith.constant dense<[0.0, 1.0, 0.0]> : tensor<3xf32>
  %rows_values = arith.constant dense<[1]> : tensor<1xi32>
  %rows = tensor.cast %rows_values : tensor<1xi32> to tensor<?xi32>
  %l = transformer.logits %x, %rows, %w bias %b {soft_cap = 2.0 : f64}
      : (tensor<?x2xf32>, tensor<?xi32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %l_any = tensor.cast %l : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%l_any) : (tensor<*xf32>) -> ()
  %one = transformer.select_rows %x, %rows : (tensor<?x2xf32>, tensor<?xi32>) -> tensor<?x2xf32>
  %s = transformer.linear %one weights(%w) biases(%b) {soft_cap = 2.0 : f64}
      : (tensor<?x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %s_any = tensor.cast %s : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%s_any) : (tensor<*xf32>) -> ()
  return
}
