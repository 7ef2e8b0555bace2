// RUN: %{lower} %s | %{runner} | FileCheck %s

// Sums of the gate [[3, -3.5], [2, 3.5]] and of up [[-1, 4], [-3, -2]]:
// relu(gate) * up, as f16. The second part is not the gate.

// CHECK: {{\[\[}}-3,   0],
// CHECK-NEXT:  [-6,   -7]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xbf16>
  %x = tensor.cast %x_values : tensor<2x2xbf16> to tensor<?x2xbf16>
  %w0 = arith.constant dense<[[1.0, 1.0], [0.5, -2.0]]> : tensor<2x2xf16>
  %w1 = arith.constant dense<[[-1.0, 0.0], [0.0, 2.0]]> : tensor<2x2xf16>
  %h = transformer.linear %x weights(%w0, %w1) activation(gated relu)
      : (tensor<?x2xbf16>, tensor<2x2xf16>, tensor<2x2xf16>) -> tensor<?x2xf16>
  %y = arith.extf %h : tensor<?x2xf16> to tensor<?x2xf32>
  %y_any = tensor.cast %y : tensor<?x2xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  return
}
