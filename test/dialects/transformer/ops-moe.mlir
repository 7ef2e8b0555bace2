// RUN: swage-opt %s | swage-opt | FileCheck %s
// RUN: swage-opt %s --mlir-print-op-generic | swage-opt | FileCheck %s

// CHECK-LABEL: func.func @moe
func.func @moe(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK: transformer.moe silu %{{.*}} router %{{.*}} gate(%{{.*}}, %{{.*}}) up(%{{.*}}, %{{.*}}) down(%{{.*}}, %{{.*}}) {normalize, top_k = 1 : i64} :
  %y = transformer.moe silu %x router %r gate(%g, %g) up(%g, %g) down(%d, %d) {normalize, top_k = 1 : i64}
      : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
         tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.moe gelu %{{.*}} {top_k = 2 : i64} :
  %z = transformer.moe gelu %y router %r gate(%g, %g) up(%g, %g) down(%d, %d) {top_k = 2 : i64}
      : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
         tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @expanded
func.func @expanded(%x: tensor<?x8xf32>, %l: tensor<?x2xf32>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK: %[[W:.*]], %{{.*}}, %[[P:.*]], %[[G:.*]] = transformer.route %{{.*}} {normalize, top_k = 1 : i64} : tensor<?x2xf32> -> tensor<?x1xf32>, tensor<?x1xi32>, tensor<?xi32>, tensor<2x3xi32>
  %w, %e, %p, %groups = transformer.route %l {normalize, top_k = 1 : i64}
      : tensor<?x2xf32> -> tensor<?x1xf32>, tensor<?x1xi32>, tensor<?xi32>, tensor<2x3xi32>
  // CHECK: %[[H:.*]] = transformer.grouped_linear %{{.*}}, %[[P]], %[[G]] weights(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) activation silu {top_k = 1 : i64}
  %h = transformer.grouped_linear %x, %p, %groups weights(%g, %g, %g, %g) activation silu {top_k = 1 : i64}
      : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
         tensor<24x8xf16>) -> tensor<?x24xf32>
  // CHECK: %[[S:.*]] = transformer.grouped_linear %[[H]], %[[P]], %[[G]] weights(%{{.*}}, %{{.*}}) {scatter, top_k = 1 : i64}
  %s = transformer.grouped_linear %h, %p, %groups weights(%d, %d) {scatter, top_k = 1 : i64}
      : (tensor<?x24xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  // CHECK: %[[Y:.*]] = transformer.combine %[[S]], %[[W]] : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  %y = transformer.combine %s, %w : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  // CHECK: transformer.combine %[[S]], %[[W]] residual %[[Y]]
  %z = transformer.combine %s, %w residual %y : (tensor<?x8xf32>, tensor<?x1xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
