// RUN: %{lower} %s | %{runner} | FileCheck %s

// x = [1], router sums [0, ln 3, ln 2]: probabilities [1/6, 3/6, 2/6]. Expert e
// gives relu(1) * up[e] = [100, 5, 10]. The best two: 3/6 * 5 + 2/6 * 10, and
// normalized 3/5 * 5 + 2/5 * 10. Of equal ones the first: 100 * 1/3.

// CHECK: {{\[\[}}5.83333]]
// CHECK: {{\[\[}}7]]
// CHECK: {{\[\[}}33.3333]]

func.func private @printMemrefF32(tensor<*xf32>)

func.func @main() {
  %x_values = arith.constant dense<1.0> : tensor<1x1xf32>
  %x = tensor.cast %x_values : tensor<1x1xf32> to tensor<?x1xf32>
  %one = arith.constant dense<1.0> : tensor<1x1xf32>
  %u0 = arith.constant dense<100.0> : tensor<1x1xf32>
  %u1 = arith.constant dense<5.0> : tensor<1x1xf32>
  %u2 = arith.constant dense<10.0> : tensor<1x1xf32>
  %r = arith.constant dense<[[0.0], [1.09861229], [0.693147182]]> : tensor<3x1xf32>
  %zero = arith.constant dense<0.0> : tensor<3x1xf32>
  %best = transformer.moe relu %x router %r gate(%one, %one, %one) up(%u0, %u1, %u2) down(%one, %one, %one) {top_k = 2 : i64}
      : (tensor<?x1xf32>, tensor<3x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>,
         tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %best_any = tensor.cast %best : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%best_any) : (tensor<*xf32>) -> ()
  %normal = transformer.moe relu %x router %r gate(%one, %one, %one) up(%u0, %u1, %u2) down(%one, %one, %one) {normalize, top_k = 2 : i64}
      : (tensor<?x1xf32>, tensor<3x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>,
         tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %normal_any = tensor.cast %normal : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%normal_any) : (tensor<*xf32>) -> ()
  %tie = transformer.moe relu %x router %zero gate(%one, %one, %one) up(%u0, %u1, %u2) down(%one, %one, %one) {top_k = 1 : i64}
      : (tensor<?x1xf32>, tensor<3x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>,
         tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<?x1xf32>
  %tie_any = tensor.cast %tie : tensor<?x1xf32> to tensor<*xf32>
  func.call @printMemrefF32(%tie_any) : (tensor<*xf32>) -> ()
  return
}
