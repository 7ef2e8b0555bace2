// RUN: %{lower} %s | %{runner} | FileCheck %s

// Row 1, twice, then row 0.

// CHECK: {{\[\[}}3,   4],
// CHECK-NEXT:  [3,   4],
// CHECK-NEXT:  [1,   2]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %x = tensor.cast %x_values : tensor<2x2xf32> to tensor<?x2xf32>
  %rows_values = arith.constant dense<[1, 1, 0]> : tensor<3xi32>
  %rows = tensor.cast %rows_values : tensor<3xi32> to tensor<?xi32>
  %y = transformer.select_rows %x, %rows : (tensor<?x2xf32>, tensor<?xi32>) -> tensor<?x2xf32>
  %y_any = tensor.cast %y : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  return
}
