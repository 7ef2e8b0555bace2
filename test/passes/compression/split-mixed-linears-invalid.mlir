// RUN: swage-opt %s --swage-compression-split-mixed-linears --verify-diagnostics --split-input-file

!q4 = !compression.group<i4, 32, scale = f16>
transformer.weight @gate_proj.weight : tensor<32x32x!q4>
transformer.weight @up_proj.weight : tensor<32x32xf16>
func.func @gated(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %g = transformer.get_weight @gate_proj.weight : tensor<32x32x!q4>
  %u = transformer.get_weight @up_proj.weight : tensor<32x32xf16>
  // expected-error @+1 {{gate and up of a gated activation need one encoding: 'gate_proj.weight' has '!compression.group<i4, 32, scale = f16>', 'up_proj.weight' has 'f16'}}
  %y = transformer.linear %x weights(%g, %u) activation(gated silu) : (tensor<?x32xf32>, tensor<32x32x!q4>, tensor<32x32xf16>) -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

!q4 = !compression.group<i4, 32, scale = f16>
func.func @one(%x: tensor<?x32xf32>, %a: tensor<32x32x!q4>, %b: tensor<8x32xf16>) -> tensor<?x40xf32> {
  // expected-error @+1 {{parts that are read as one need one encoding: '!compression.group<i4, 32, scale = f16>', 'f16'}}
  %y = transformer.linear %x weights(%a, %b) : (tensor<?x32xf32>, tensor<32x32x!q4>, tensor<8x32xf16>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
