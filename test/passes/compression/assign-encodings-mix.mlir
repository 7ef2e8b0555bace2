// RUN: swage-opt %s --swage-compression-assign-encodings=recipe=q4_k_m 2>&1 | FileCheck %s

// Of 8 layers the first, the last, and every third between get more bits for
// values. Rows that 256 does not divide get what llama.cpp takes, with a warning.
// CHECK: warning: rows of 'layers.1.mlp.up_proj.weight' are not whole blocks of q4_k; encoded as q5_0 instead
// CHECK: @layers.0.self_attn.v_proj.weight : tensor<64x256x!compression.group<i6, 16,
// CHECK: @layers.1.self_attn.v_proj.weight : tensor<64x256x!compression.group<ui4, 32, scale = !compression.group<ui6, 8, scale = f16>, min =
// CHECK: @layers.3.self_attn.v_proj.weight : tensor<64x256x!compression.group<i6, 16,
// CHECK: @layers.7.self_attn.v_proj.weight : tensor<64x256x!compression.group<i6, 16,
// CHECK: @layers.1.mlp.up_proj.weight : tensor<256x96x!compression.group<i5, 32, scale = f16>>
transformer.weight @layers.0.self_attn.v_proj.weight : tensor<64x256xf16>
transformer.weight @layers.1.self_attn.v_proj.weight : tensor<64x256xf16>
transformer.weight @layers.3.self_attn.v_proj.weight : tensor<64x256xf16>
transformer.weight @layers.7.self_attn.v_proj.weight : tensor<64x256xf16>
transformer.weight @layers.1.mlp.up_proj.weight : tensor<256x96xf16>
func.func @forward(%x: tensor<?x256xf32>, %y: tensor<?x96xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x256xf32>) {
  %0 = transformer.get_weight @layers.0.self_attn.v_proj.weight : tensor<64x256xf16>
  %1 = transformer.get_weight @layers.1.self_attn.v_proj.weight : tensor<64x256xf16>
  %3 = transformer.get_weight @layers.3.self_attn.v_proj.weight : tensor<64x256xf16>
  %7 = transformer.get_weight @layers.7.self_attn.v_proj.weight : tensor<64x256xf16>
  %w = transformer.get_weight @layers.1.mlp.up_proj.weight : tensor<256x96xf16>
  %a = transformer.linear %x weights(%0) : (tensor<?x256xf32>, tensor<64x256xf16>) -> tensor<?x64xf32>
  %b = transformer.linear %x weights(%1) : (tensor<?x256xf32>, tensor<64x256xf16>) -> tensor<?x64xf32>
  %c = transformer.linear %x weights(%3) : (tensor<?x256xf32>, tensor<64x256xf16>) -> tensor<?x64xf32>
  %d = transformer.linear %x weights(%7) : (tensor<?x256xf32>, tensor<64x256xf16>) -> tensor<?x64xf32>
  %e = transformer.linear %y weights(%w) : (tensor<?x96xf32>, tensor<256x96xf16>) -> tensor<?x256xf32>
  return %a, %b, %c, %d, %e : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x256xf32>
}
