// RUN: %{lower} %s | %{runner} | FileCheck %s

// The sum 1 + 2^-8 + 2^-9 is exact in f32 and between two bf16 values, 1 + 2^-7
// being the nearer; rounded step by step, it would be 1.

// CHECK: {{\[\[}}1.00781]]
// CHECK: {{\[\[}}1.00586]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<[[1.0, 0.00390625, 0.001953125]]> : tensor<1x3xf32>
  %x = tensor.cast %x_values : tensor<1x3xf32> to tensor<?x3xf32>
  %w = arith.constant dense<1.0> : tensor<1x3xbf16>
  %h = transformer.linear %x weights(%w) : (tensor<?x3xf32>, tensor<1x3xbf16>) -> tensor<?x1xbf16>
  %y = arith.extf %h : tensor<?x1xbf16> to tensor<?x1xf32>
  %y_any = tensor.cast %y : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%y_any) : (tensor<*xf32>) -> ()
  %z = transformer.linear %x weights(%w) : (tensor<?x3xf32>, tensor<1x3xbf16>) -> tensor<?x1xf32>
  %z_any = tensor.cast %z : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%z_any) : (tensor<*xf32>) -> ()
  return
}
