// RUN: %{lower} %s | %{runner} | FileCheck %s

// relu of the sums [[3, -3.5], [2, 3.5]]; the function sees the bias.

// CHECK: {{\[\[}}3,   0],
// CHECK-NEXT:  [2,   3.5]]
// CHECK: {{\[\[}}0,   6.5],
// CHECK-NEXT:  [0,   13.5]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xbf16>
  %x = tensor.cast %x_values : tensor<2x2xbf16> to tensor<?x2xbf16>
  %w0 = arith.constant dense<[[1.0, 1.0], [0.5, -2.0]]> : tensor<2x2xf16>
  %plain = transformer.linear %x weights(%w0) activation(relu) : (tensor<?x2xbf16>, tensor<2x2xf16>) -> tensor<?x2xf32>
  %plain_any = tensor.cast %plain : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%plain_any) : (tensor<*xf32>) -> ()
  %b = arith.constant dense<[-3.0, 10.0]> : tensor<2xf32>
  %biased = transformer.linear %x weights(%w0) biases(%b) activation(relu)
      : (tensor<?x2xbf16>, tensor<2x2xf16>, tensor<2xf32>) -> tensor<?x2xf32>
  %biased_any = tensor.cast %biased : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%biased_any) : (tensor<*xf32>) -> ()
  return
}
