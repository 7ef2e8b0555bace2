// RUN: %{lower} %s | %{runner} | FileCheck %s

// Row 1, [3, -1], against each row of the table [[1, 1], [0.5, -2], [0, 4]].

// CHECK: sizes = [1, 3]
// CHECK-NEXT: {{\[\[}}2,   3.5,   -4]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xbf16>
  %x = tensor.cast %x_values : tensor<2x2xbf16> to tensor<?x2xbf16>
  %rows_values = arith.constant dense<[1]> : tensor<1xi32>
  %rows = tensor.cast %rows_values : tensor<1xi32> to tensor<?xi32>
  %table = arith.constant dense<[[1.0, 1.0], [0.5, -2.0], [0.0, 4.0]]> : tensor<3x2xf16>
  %scores = transformer.logits %x, %rows, %table : (tensor<?x2xbf16>, tensor<?xi32>, tensor<3x2xf16>) -> tensor<?x3xf32>
  %scores_any = tensor.cast %scores : tensor<?x3xf32> to tensor<*xf32>
  func.call @printMemrefF32(%scores_any) : (tensor<*xf32>) -> ()
  return
}
