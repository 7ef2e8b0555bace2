// RUN: %{lower} %s | %{runner} | FileCheck %s

// Columns 0, 1 to 2.

// CHECK: sizes = [2, 1]
// CHECK: [1],
// CHECK-NEXT:  [4]]
// CHECK: sizes = [2, 2]
// CHECK: [2,   3],
// CHECK-NEXT:  [5,   6]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %x = tensor.cast %x_values : tensor<2x3xf32> to tensor<?x3xf32>
  %a, %b = transformer.split %x : tensor<?x3xf32> -> tensor<?x1xf32>, tensor<?x2xf32>
  %a_any = tensor.cast %a : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%a_any) : (tensor<*xf32>) -> ()
  %b_any = tensor.cast %b : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%b_any) : (tensor<*xf32>) -> ()
  return
}
