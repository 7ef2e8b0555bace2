// RUN: %{lower} %s | %{runner} | FileCheck %s

// The f16 and bf16 nearest to 0.1, and f32 as it is.

// CHECK: 0.099975{{[0-9]*}}
// CHECK: 0.10009{{[0-9]*}}
// CHECK: [0.1]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %f16 = arith.constant dense<0.1> : tensor<1x1xf16>
  %f16_f32 = compression.dequantize %f16 : tensor<1x1xf16> -> tensor<1x1xf32>
  %f16_any = tensor.cast %f16_f32 : tensor<1x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%f16_any) : (tensor<*xf32>) -> ()
  %bf16 = arith.constant dense<0.1> : tensor<1x1xbf16>
  %bf16_f32 = compression.dequantize %bf16 : tensor<1x1xbf16> -> tensor<1x1xf32>
  %bf16_any = tensor.cast %bf16_f32 : tensor<1x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%bf16_any) : (tensor<*xf32>) -> ()
  %f32 = arith.constant dense<0.1> : tensor<1x1xf32>
  %f32_f32 = compression.dequantize %f32 : tensor<1x1xf32> -> tensor<1x1xf32>
  %f32_any = tensor.cast %f32_f32 : tensor<1x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%f32_any) : (tensor<*xf32>) -> ()
  return
}
