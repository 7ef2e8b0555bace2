// RUN: swage-opt %s --swage-compression-assign-encodings=recipe=Q4_0 --split-input-file | FileCheck %s --check-prefixes=CHECK,Q4
// RUN: swage-opt %s --swage-compression-assign-encodings=recipe=none --split-input-file | FileCheck %s --check-prefix=NONE

// Matrices that are multiplied, and the table of tokens, which scores them too
// and gets more bits for that; no vectors, routers or tables of positions.
module attributes {transformer.model = #transformer.model<architecture = "llama", source = "m", vocab_size = 320, max_positions = 64, bos = 0, eos = [1]>} {
  // Q4: transformer.weight @model.embed_tokens.weight : tensor<320x256x!compression.group<i6, 16, scale = !compression.group<i8, 16, scale = f16>>>
  // NONE: transformer.weight @model.embed_tokens.weight : tensor<320x256xf16>
  transformer.weight @model.embed_tokens.weight : tensor<320x256xf16>
  // Q4: transformer.weight @model.positions.weight : tensor<64x256xf16>
  transformer.weight @model.positions.weight : tensor<64x256xf16>
  // Q4: transformer.weight @model.norm.weight : tensor<256xf16>
  transformer.weight @model.norm.weight : tensor<256xf16>
  // Q4: transformer.weight @model.layers.0.mlp.gate.weight : tensor<2x256xf16>
  transformer.weight @model.layers.0.mlp.gate.weight : tensor<2x256xf16>
  // Q4: transformer.weight @model.layers.0.self_attn.q_proj.weight : tensor<256x256x!compression.group<i4, 32, scale = f16>>
  // NONE: transformer.weight @model.layers.0.self_attn.q_proj.weight : tensor<256x256xf16>
  transformer.weight @model.layers.0.self_attn.q_proj.weight : tensor<256x256xf16>
  // CHECK-LABEL: func.func @forward
  func.func @forward(%tokens: tensor<?xi32>, %batch: !transformer.batch) -> (tensor<?x320xf32>, tensor<?x2xf32>) {
    %table = transformer.get_weight @model.embed_tokens.weight : tensor<320x256xf16>
    %positions = transformer.get_weight @model.positions.weight : tensor<64x256xf16>
    // Q4: transformer.embedding {{.*}}tensor<320x256x!compression.group<i6, 16,
    %x = transformer.embedding %tokens, %table positions(%batch, %positions) {scale = 1.0 : f64} : (tensor<?xi32>, tensor<320x256xf16>, !transformer.batch, tensor<64x256xf16>) -> tensor<?x256xf32>
    %gamma = transformer.get_weight @model.norm.weight : tensor<256xf16>
    %n = transformer.rms_norm %x, %gamma {epsilon = 1.0e-05 : f64} : (tensor<?x256xf32>, tensor<256xf16>) -> tensor<?x256xf32>
    %wq = transformer.get_weight @model.layers.0.self_attn.q_proj.weight : tensor<256x256xf16>
    // Q4: transformer.linear {{.*}} : (tensor<?x256xf32>, tensor<256x256x!compression.group<i4, 32, scale = f16>>) -> tensor<?x256xf32>
    %q = transformer.linear %n weights(%wq) : (tensor<?x256xf32>, tensor<256x256xf16>) -> tensor<?x256xf32>
    %router = transformer.get_weight @model.layers.0.mlp.gate.weight : tensor<2x256xf16>
    %r = transformer.linear %q weights(%router) : (tensor<?x256xf32>, tensor<2x256xf16>) -> tensor<?x2xf32>
    %l = transformer.linear %q weights(%table) : (tensor<?x256xf32>, tensor<320x256xf16>) -> tensor<?x320xf32>
    return %l, %r : tensor<?x320xf32>, tensor<?x2xf32>
  }
}
