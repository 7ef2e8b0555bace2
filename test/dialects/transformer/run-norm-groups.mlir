// RUN: %{lower} %s | %{runner} | FileCheck %s

// x = [[3, 4, 6, 8], [1, 7, 5, 5]] in groups of two columns: mean squares 12.5,
// 50, 25 and 25, epsilon 0.
//
//   [3, 4] / sqrt(12.5), [6, 8] / sqrt(50) = [0.848528, 1.131371] twice
//   [1, 7] / 5,          [5, 5] / 5        = [0.2, 1.4], [1, 1]
//
// times weight + offset = [0 + 1, -3 + 1] = [1, -2], plus the residual.

// CHECK: {{\[\[}}0.84852{{[0-9]*}},   -2.2627{{[0-9]*}},   0.84852{{[0-9]*}},   -2.2627{{[0-9]*}}],
// CHECK-NEXT:  [0.2,   -2.8,   1,   -2]]
// CHECK: {{\[\[}}10.2,   17.2,   31,   38]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[3.0, 4.0, 6.0, 8.0], [1.0, 7.0, 5.0, 5.0]]> : tensor<2x4xf32>
  %x = tensor.cast %x_values : tensor<2x4xf32> to tensor<?x4xf32>
  %w = arith.constant dense<[0.0, -3.0]> : tensor<2xf32>
  %all = transformer.rms_norm %x, %w {epsilon = 0.0 : f64, weight_offset = 1.0 : f64}
      : (tensor<?x4xf32>, tensor<2xf32>) -> tensor<?x4xf32>
  %all_any = tensor.cast %all : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%all_any) : (tensor<*xf32>) -> ()
  %rows_values = arith.constant dense<[1]> : tensor<1xi32>
  %rows = tensor.cast %rows_values : tensor<1xi32> to tensor<?xi32>
  %residual_values = arith.constant dense<[[10.0, 20.0, 30.0, 40.0]]> : tensor<1x4xf32>
  %residual = tensor.cast %residual_values : tensor<1x4xf32> to tensor<?x4xf32>
  %one = transformer.rms_norm %x, %w rows %rows residual %residual {epsilon = 0.0 : f64, weight_offset = 1.0 : f64}
      : (tensor<?x4xf32>, tensor<2xf32>, tensor<?xi32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %one_any = tensor.cast %one : tensor<?x4xf32> to tensor<*xf32>
  func.call @printMemrefF32(%one_any) : (tensor<*xf32>) -> ()
  return
}
