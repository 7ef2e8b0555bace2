// RUN: %{lower} %s | %{runner} | FileCheck %s

// x = [2, 4, 4, 10]: mean 5, variance 9; with epsilon 0 normalized to
// [-1, -1/3, -1/3, 5/3], times [3, 3, 6, 3], plus [0, 1, 0, -5] if there is a bias.
// With epsilon 7 the divisor is 4. Rows [0, 0]: the first result twice.

// CHECK: {{\[\[}}-3,   -1,   -2,   5]]
// CHECK: {{\[\[}}-3,   0,   -2,   0]]
// CHECK: {{\[\[}}-2.25,   -0.75,   -1.5,   3.75]]
// CHECK: {{\[\[}}-3,   -1,   -2,   5],
// CHECK-NEXT: [-3,   -1,   -2,   5]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[2.0, 4.0, 4.0, 10.0]]> : tensor<1x4xf32>
  %x = tensor.cast %x_values : tensor<1x4xf32> to tensor<?x4xf32>
  %w = arith.constant dense<[3.0, 3.0, 6.0, 3.0]> : tensor<4xf32>
  %b = arith.constant dense<[0.0, 1.0, 0.0, -5.0]> : tensor<4xf32>
  %plain = transformer.layer_norm %x, %w {epsilon = 0.0 : f64} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %plain_any = tensor.cast %plain : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%plain_any) : (tensor<*xf32>) -> ()
  %biased = transformer.layer_norm %x, %w bias %b {epsilon = 0.0 : f64}
      : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %biased_any = tensor.cast %biased : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%biased_any) : (tensor<*xf32>) -> ()
  %damped = transformer.layer_norm %x, %w {epsilon = 7.0 : f64} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %damped_any = tensor.cast %damped : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%damped_any) : (tensor<*xf32>) -> ()
  %rows_values = arith.constant dense<0> : tensor<2xi32>
  %rows = tensor.cast %rows_values : tensor<2xi32> to tensor<?xi32>
  %chosen = transformer.layer_norm %x, %w rows %rows {epsilon = 0.0 : f64}
      : (tensor<?x4xf32>, tensor<4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  %chosen_any = tensor.cast %chosen : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%chosen_any) : (tensor<*xf32>) -> ()
  return
}
