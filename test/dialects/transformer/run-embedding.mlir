// RUN: %{lower} %s | %{runner} | FileCheck %s

// Rows 2, 0, 2 of a f16 table, times 2; then plus rows 1, 0, 1 of the type table.

// CHECK: {{\[\[}}10,   12],
// CHECK-NEXT:  [2,   4],
// CHECK-NEXT:  [10,   12]]
// CHECK: {{\[\[}}110,   212],
// CHECK-NEXT:  [32,   44],
// CHECK-NEXT:  [110,   212]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %tokens_values = arith.constant dense<[2, 0, 2]> : tensor<3xi32>
  %tokens = tensor.cast %tokens_values : tensor<3xi32> to tensor<?xi32>
  %table = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf16>
  %x = transformer.embedding %tokens, %table {scale = 2.0 : f64}
      : (tensor<?xi32>, tensor<3x2xf16>) -> tensor<?x2xf32>
  %x_any = tensor.cast %x : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%x_any) : (tensor<*xf32>) -> ()
  %types_values = arith.constant dense<[1, 0, 1]> : tensor<3xi32>
  %types = tensor.cast %types_values : tensor<3xi32> to tensor<?xi32>
  %type_table = arith.constant dense<[[30.0, 40.0], [100.0, 200.0]]> : tensor<2x2xf16>
  %y = transformer.embedding %tokens, %table types(%types, %type_table) {scale = 2.0 : f64}
      : (tensor<?xi32>, tensor<3x2xf16>, tensor<?xi32>, tensor<2x2xf16>) -> tensor<?x2xf32>
  %y_any = tensor.cast %y : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  return
}
