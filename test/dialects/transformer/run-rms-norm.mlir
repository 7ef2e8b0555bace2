// RUN: %{lower} %s | %{runner} | FileCheck %s

// x = [[3, 4], [1, 7]]; mean squares 12.5 and 25, and epsilon 0.
//
//   [3, 4] / sqrt(12.5) * [1, -2] = [0.848528, -2.262742]
//   [1, 7] / 5          * [1, -2] = [0.2, -2.8]
//
// With rows [1]: the second only. With epsilon 24: [1, 7] / 7 * [1, -2].

// CHECK: {{\[\[}}0.84852{{[0-9]}},   -2.2627{{[0-9]*}}],
// CHECK-NEXT:  [0.2,   -2.8]]
// CHECK: sizes = [1, 2]
// CHECK-NEXT: {{\[\[}}0.2,   -2.8]]
// CHECK: [0.142857,   -2]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[3.0, 4.0], [1.0, 7.0]]> : tensor<2x2xf32>
  %x = tensor.cast %x_values : tensor<2x2xf32> to tensor<?x2xf32>
  %w = arith.constant dense<[1.0, -2.0]> : tensor<2xf16>
  %all = transformer.rms_norm %x, %w {epsilon = 0.0 : f64} : (tensor<?x2xf32>, tensor<2xf16>) -> tensor<?x2xf32>
  %all_any = tensor.cast %all : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%all_any) : (tensor<*xf32>) -> ()
  %rows_values = arith.constant dense<[1]> : tensor<1xi32>
  %rows = tensor.cast %rows_values : tensor<1xi32> to tensor<?xi32>
  %one = transformer.rms_norm %x, %w rows %rows {epsilon = 0.0 : f64}
      : (tensor<?x2xf32>, tensor<2xf16>, tensor<?xi32>) -> tensor<?x2xf32>
  %one_any = tensor.cast %one : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%one_any) : (tensor<*xf32>) -> ()
  %damped = transformer.rms_norm %x, %w {epsilon = 24.0 : f64} : (tensor<?x2xf32>, tensor<2xf16>) -> tensor<?x2xf32>
  %damped_any = tensor.cast %damped : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%damped_any) : (tensor<*xf32>) -> ()
  return
}
