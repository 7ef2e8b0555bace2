// The reducer runs our passes and keeps what a tester finds interesting: here a
// norm.

// RUN: printf '#!/bin/sh\n! swage-opt "$1" | grep -q transformer.rms_norm\n' > %t.sh && chmod +x %t.sh
// RUN: swage-reduce %s --opt-reduction-pass="opt-pass=symbol-dce test=%t.sh" | FileCheck %s --implicit-check-not=transformer.linear
// CHECK: transformer.weight @norm
// CHECK: func.func @interesting
// CHECK: transformer.rms_norm

// What is not interesting before is refused.
// RUN: not swage-reduce %s --opt-reduction-pass="opt-pass=symbol-dce test=/bin/true" 2>&1 | FileCheck %s --check-prefix=REFUSED
// REFUSED: the original input is not interested

transformer.weight @norm : tensor<8xf32>
transformer.weight @w : tensor<8x8xf32>

func.func private @boring(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = transformer.get_weight @w : tensor<8x8xf32>
  %0 = transformer.linear %x weights(%w) : (tensor<?x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

func.func @interesting(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %n = transformer.get_weight @norm : tensor<8xf32>
  %0 = transformer.rms_norm %x, %n {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
