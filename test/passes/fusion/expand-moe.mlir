// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-expand-moe))' | FileCheck %s

// The gates and ups of an expert stand side by side.
// CHECK-LABEL: func.func @expanded
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>, %[[R:.*]]: tensor<2x8xf16>, %[[G0:.*]]: tensor<24x8xf16>, %[[G1:.*]]: tensor<24x8xf16>, %[[U0:.*]]: tensor<24x8xf16>, %[[U1:.*]]: tensor<24x8xf16>, %[[D0:.*]]: tensor<8x24xf16>, %[[D1:.*]]: tensor<8x24xf16>)
func.func @expanded(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>,
                    %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) -> tensor<?x8xf32> {
  // CHECK: %[[L:.*]] = transformer.linear %[[X]] weights(%[[R]]) : (tensor<?x8xf32>, tensor<2x8xf16>) -> tensor<?x2xf32>
  // CHECK: %[[W:.*]], %{{.*}}, %[[P:.*]], %[[GROUPS:.*]] = transformer.route %[[L]] {normalize, top_k = 1 : i64}
  // CHECK: %[[H:.*]] = transformer.grouped_linear %[[X]], %[[P]], %[[GROUPS]] weights(%[[G0]], %[[U0]], %[[G1]], %[[U1]]) activation silu {top_k = 1 : i64}
  // CHECK: %[[S:.*]] = transformer.grouped_linear %[[H]], %[[P]], %[[GROUPS]] weights(%[[D0]], %[[D1]]) {scatter, top_k = 1 : i64}
  // CHECK: %[[Y:.*]] = transformer.combine %[[S]], %[[W]] : (tensor<?x8xf32>, tensor<?x1xf32>) -> tensor<?x8xf32>
  // CHECK: return %[[Y]]
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {normalize, top_k = 1 : i64}
      : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>,
         tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
