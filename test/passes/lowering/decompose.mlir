// RUN: swage-opt %s --swage-lower-decompose --split-input-file --verify-diagnostics | FileCheck %s

// Sums are f32 whatever the operands, and the residual is added to them.
// CHECK-LABEL: func.func @linear
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xbf16>, %[[W:.*]]: tensor<4x8xf16>, %[[R:.*]]: tensor<?x4xf32>)
func.func @linear(%x: tensor<?x8xbf16>, %w: tensor<4x8xf16>, %r: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[SUMS:.*]] = linalg.generic
  // CHECK-SAME: iterator_types = ["parallel", "parallel", "reduction"]
  // CHECK-SAME: ins(%[[X]], %[[W]] : tensor<?x8xbf16>, tensor<4x8xf16>) outs(%{{.*}} : tensor<?x4xf32>)
  // CHECK: arith.extf %{{.*}} : bf16 to f32
  // CHECK: arith.extf %{{.*}} : f16 to f32
  // CHECK: %[[Y:.*]] = linalg.generic
  // CHECK-SAME: ins(%[[SUMS]], %[[R]] : tensor<?x4xf32>, tensor<?x4xf32>)
  // CHECK: arith.addf
  // CHECK: return %[[Y]]
  %y = transformer.linear %x weights(%w) residual %r : (tensor<?x8xbf16>, tensor<4x8xf16>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// What touches the cache or the batch stays.
// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x16xf32>, %batch: !transformer.batch, %cache: !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32> {
  // CHECK: transformer.rope
  // CHECK: transformer.attention
  %r = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>} : tensor<?x16xf32>
  %a = transformer.attention %r, %batch, %cache {num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @permute_columns
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[ORDER:.*]]: tensor<8xi32>)
func.func @permute_columns(%x: tensor<?x8xf32>, %order: tensor<8xi32>) -> tensor<?x8xf32> {
  // CHECK: linalg.generic
  // CHECK-SAME: iterator_types = ["parallel", "parallel"]
  // CHECK-SAME: ins(%[[ORDER]] : tensor<8xi32>)
  // CHECK: %[[ROW:.*]] = linalg.index 0
  // CHECK: %[[COLUMN:.*]] = arith.index_cast %{{.*}} : i32 to index
  // CHECK: tensor.extract %[[X]][%[[ROW]], %[[COLUMN]]]
  %y = compression.permute_columns %x, %order : tensor<?x8xf32>, tensor<8xi32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @dequantize
// CHECK-SAME: (%[[H:.*]]: tensor<4x8xf16>, %[[F:.*]]: tensor<4x8xf32>)
func.func @dequantize(%h: tensor<4x8xf16>, %f: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  // CHECK-NEXT: %[[E:.*]] = arith.extf %[[H]] : tensor<4x8xf16> to tensor<4x8xf32>
  // CHECK-NEXT: return %[[E]], %[[F]]
  %0 = compression.dequantize %h : tensor<4x8xf16> -> tensor<4x8xf32>
  %1 = compression.dequantize %f : tensor<4x8xf32> -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

func.func @negative_encoded_weight(%x: tensor<?x8xf32>, %w: tensor<4x8xi8>) -> tensor<?x4xf32> {
  // expected-error @+1 {{'transformer.linear' op has no meaning in upstream dialects: expected weights of type f32, f16 or bf16; dequantize them first}}
  %y = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<4x8xi8>) -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
