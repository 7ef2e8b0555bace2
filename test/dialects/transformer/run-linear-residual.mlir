// RUN: %{lower} %s | %{runner} | FileCheck %s

// Sums [[3, -3.5], [2, 3.5]] of two parts plus the residual.

// CHECK: {{\[\[}}103,   196.5],
// CHECK-NEXT:  [302,   403.5]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xbf16>
  %x = tensor.cast %x_values : tensor<2x2xbf16> to tensor<?x2xbf16>
  %r_values = arith.constant dense<[[100.0, 200.0], [300.0, 400.0]]> : tensor<2x2xf32>
  %r = tensor.cast %r_values : tensor<2x2xf32> to tensor<?x2xf32>
  %w0 = arith.constant dense<[[1.0, 1.0]]> : tensor<1x2xf16>
  %w1 = arith.constant dense<[[0.5, -2.0]]> : tensor<1x2xf16>
  %y = transformer.linear %x weights(%w0, %w1) residual %r
      : (tensor<?x2xbf16>, tensor<1x2xf16>, tensor<1x2xf16>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %y_any = tensor.cast %y : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  return
}
