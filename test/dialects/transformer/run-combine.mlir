// RUN: %{lower} %s | %{runner} | FileCheck %s

// Two rows of two pairs each: [1 * 1 + 10 * 2, ...], then with a residual of 100.

// CHECK: {{\[\[}}21],
// CHECK-NEXT: [43]]
// CHECK: {{\[\[}}121],
// CHECK-NEXT: [143]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %pair_values = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %pairs = tensor.cast %pair_values : tensor<4x1xf32> to tensor<?x1xf32>
  %weight_values = arith.constant dense<[[1.0, 10.0], [1.0, 10.0]]> : tensor<2x2xf32>
  %weights = tensor.cast %weight_values : tensor<2x2xf32> to tensor<?x2xf32>
  %residual_values = arith.constant dense<100.0> : tensor<2x1xf32>
  %residual = tensor.cast %residual_values : tensor<2x1xf32> to tensor<?x1xf32>
  %y = transformer.combine %pairs, %weights : (tensor<?x1xf32>, tensor<?x2xf32>) -> tensor<?x1xf32>
  %y_any = tensor.cast %y : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  %z = transformer.combine %pairs, %weights residual %residual : (tensor<?x1xf32>, tensor<?x2xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  %z_any = tensor.cast %z : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%z_any) : (tensor<*xf32>) -> ()
  return
}
