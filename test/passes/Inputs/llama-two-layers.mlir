// A Llama of two layers as import writes it: hidden 64, 4 heads over 2, head_dim 16,
// feed-forward 96, vocabulary 128, tied embeddings.
#rope = #transformer.rope<dims = 16, theta = 1.0e+04>
!cache = !transformer.cache<2 x 16 x f16>

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4+avx512bf16">],
  transformer.model = #transformer.model<architecture = "llama", source = "llama", vocab_size = 128, max_positions = 256, bos = 0, eos = [1]>
} {
  transformer.weight @model.embed_tokens.weight : tensor<128x64xbf16>
  transformer.weight @model.layers.0.input_layernorm.weight : tensor<64xbf16>
  transformer.weight @model.layers.0.self_attn.q_proj.weight : tensor<64x64xbf16>
  transformer.weight @model.layers.0.self_attn.k_proj.weight : tensor<32x64xbf16>
  transformer.weight @model.layers.0.self_attn.v_proj.weight : tensor<32x64xbf16>
  transformer.weight @model.layers.0.self_attn.o_proj.weight : tensor<64x64xbf16>
  transformer.weight @model.layers.0.post_attention_layernorm.weight : tensor<64xbf16>
  transformer.weight @model.layers.0.mlp.gate_proj.weight : tensor<96x64xbf16>
  transformer.weight @model.layers.0.mlp.up_proj.weight : tensor<96x64xbf16>
  transformer.weight @model.layers.0.mlp.down_proj.weight : tensor<64x96xbf16>
  transformer.weight @model.layers.1.input_layernorm.weight : tensor<64xbf16>
  transformer.weight @model.layers.1.self_attn.q_proj.weight : tensor<64x64xbf16>
  transformer.weight @model.layers.1.self_attn.k_proj.weight : tensor<32x64xbf16>
  transformer.weight @model.layers.1.self_attn.v_proj.weight : tensor<32x64xbf16>
  transformer.weight @model.layers.1.self_attn.o_proj.weight : tensor<64x64xbf16>
  transformer.weight @model.layers.1.post_attention_layernorm.weight : tensor<64xbf16>
  transformer.weight @model.layers.1.mlp.gate_proj.weight : tensor<96x64xbf16>
  transformer.weight @model.layers.1.mlp.up_proj.weight : tensor<96x64xbf16>
  transformer.weight @model.layers.1.mlp.down_proj.weight : tensor<64x96xbf16>
  transformer.weight @model.norm.weight : tensor<64xbf16>
  transformer.cache @cache.0 : !cache
  transformer.cache @cache.1 : !cache

  func.func @forward(%tokens: tensor<?xi32>, %batch: !transformer.batch, %logit_rows: tensor<?xi32>) -> tensor<?x128xf32>
      attributes {transformer.entry_point} {
    %table = transformer.get_weight @model.embed_tokens.weight : tensor<128x64xbf16>
    %x0 = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<128x64xbf16>) -> tensor<?x64xf32>

    %wn0 = transformer.get_weight @model.layers.0.input_layernorm.weight : tensor<64xbf16>
    %n0 = transformer.rms_norm %x0, %wn0 {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, tensor<64xbf16>) -> tensor<?x64xf32>
    %wq0 = transformer.get_weight @model.layers.0.self_attn.q_proj.weight : tensor<64x64xbf16>
    %q0 = transformer.linear %n0 weights(%wq0) : (tensor<?x64xf32>, tensor<64x64xbf16>) -> tensor<?x64xf32>
    %wk0 = transformer.get_weight @model.layers.0.self_attn.k_proj.weight : tensor<32x64xbf16>
    %k0 = transformer.linear %n0 weights(%wk0) : (tensor<?x64xf32>, tensor<32x64xbf16>) -> tensor<?x32xf32>
    %wv0 = transformer.get_weight @model.layers.0.self_attn.v_proj.weight : tensor<32x64xbf16>
    %v0 = transformer.linear %n0 weights(%wv0) : (tensor<?x64xf32>, tensor<32x64xbf16>) -> tensor<?x32xf32>
    %rq0 = transformer.rope %q0, %batch {head_dim = 16 : i64, rope = #rope} : tensor<?x64xf32>
    %rk0 = transformer.rope %k0, %batch {head_dim = 16 : i64, rope = #rope} : tensor<?x32xf32>
    %c0 = transformer.get_cache @cache.0 : !cache
    transformer.cache_append %rk0, %v0, %batch, %c0 : tensor<?x32xf32>, tensor<?x32xf32>, !cache
    %a0 = transformer.attention %rq0, %batch, %c0 {num_heads = 4 : i64, scale = 2.5e-01 : f64} : (tensor<?x64xf32>, !transformer.batch, !cache) -> tensor<?x64xf32>
    %wo0 = transformer.get_weight @model.layers.0.self_attn.o_proj.weight : tensor<64x64xbf16>
    %o0 = transformer.linear %a0 weights(%wo0) : (tensor<?x64xf32>, tensor<64x64xbf16>) -> tensor<?x64xf32>
    %y0 = arith.addf %x0, %o0 : tensor<?x64xf32>
    %wp0 = transformer.get_weight @model.layers.0.post_attention_layernorm.weight : tensor<64xbf16>
    %p0 = transformer.rms_norm %y0, %wp0 {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, tensor<64xbf16>) -> tensor<?x64xf32>
    %wg0 = transformer.get_weight @model.layers.0.mlp.gate_proj.weight : tensor<96x64xbf16>
    %wu0 = transformer.get_weight @model.layers.0.mlp.up_proj.weight : tensor<96x64xbf16>
    %wd0 = transformer.get_weight @model.layers.0.mlp.down_proj.weight : tensor<64x96xbf16>
    %m0 = transformer.gated_mlp silu %p0 gate %wg0 up %wu0 down %wd0 : (tensor<?x64xf32>, tensor<96x64xbf16>, tensor<96x64xbf16>, tensor<64x96xbf16>) -> tensor<?x64xf32>
    %x1 = arith.addf %y0, %m0 : tensor<?x64xf32>

    %wn1 = transformer.get_weight @model.layers.1.input_layernorm.weight : tensor<64xbf16>
    %n1 = transformer.rms_norm %x1, %wn1 {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, tensor<64xbf16>) -> tensor<?x64xf32>
    %wq1 = transformer.get_weight @model.layers.1.self_attn.q_proj.weight : tensor<64x64xbf16>
    %q1 = transformer.linear %n1 weights(%wq1) : (tensor<?x64xf32>, tensor<64x64xbf16>) -> tensor<?x64xf32>
    %wk1 = transformer.get_weight @model.layers.1.self_attn.k_proj.weight : tensor<32x64xbf16>
    %k1 = transformer.linear %n1 weights(%wk1) : (tensor<?x64xf32>, tensor<32x64xbf16>) -> tensor<?x32xf32>
    %wv1 = transformer.get_weight @model.layers.1.self_attn.v_proj.weight : tensor<32x64xbf16>
    %v1 = transformer.linear %n1 weights(%wv1) : (tensor<?x64xf32>, tensor<32x64xbf16>) -> tensor<?x32xf32>
    %rq1 = transformer.rope %q1, %batch {head_dim = 16 : i64, rope = #rope} : tensor<?x64xf32>
    %rk1 = transformer.rope %k1, %batch {head_dim = 16 : i64, rope = #rope} : tensor<?x32xf32>
    %c1 = transformer.get_cache @cache.1 : !cache
    transformer.cache_append %rk1, %v1, %batch, %c1 : tensor<?x32xf32>, tensor<?x32xf32>, !cache
    %a1 = transformer.attention %rq1, %batch, %c1 {num_heads = 4 : i64, scale = 2.5e-01 : f64} : (tensor<?x64xf32>, !transformer.batch, !cache) -> tensor<?x64xf32>
    %wo1 = transformer.get_weight @model.layers.1.self_attn.o_proj.weight : tensor<64x64xbf16>
    %o1 = transformer.linear %a1 weights(%wo1) : (tensor<?x64xf32>, tensor<64x64xbf16>) -> tensor<?x64xf32>
    %y1 = arith.addf %x1, %o1 : tensor<?x64xf32>
    %wp1 = transformer.get_weight @model.layers.1.post_attention_layernorm.weight : tensor<64xbf16>
    %p1 = transformer.rms_norm %y1, %wp1 {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, tensor<64xbf16>) -> tensor<?x64xf32>
    %wg1 = transformer.get_weight @model.layers.1.mlp.gate_proj.weight : tensor<96x64xbf16>
    %wu1 = transformer.get_weight @model.layers.1.mlp.up_proj.weight : tensor<96x64xbf16>
    %wd1 = transformer.get_weight @model.layers.1.mlp.down_proj.weight : tensor<64x96xbf16>
    %m1 = transformer.gated_mlp silu %p1 gate %wg1 up %wu1 down %wd1 : (tensor<?x64xf32>, tensor<96x64xbf16>, tensor<96x64xbf16>, tensor<64x96xbf16>) -> tensor<?x64xf32>
    %x2 = arith.addf %y1, %m1 : tensor<?x64xf32>

    %wf = transformer.get_weight @model.norm.weight : tensor<64xbf16>
    %nf = transformer.rms_norm %x2, %wf {epsilon = 1.0e-05 : f64} : (tensor<?x64xf32>, tensor<64xbf16>) -> tensor<?x64xf32>
    %logits = transformer.logits %nf, %logit_rows, %table : (tensor<?x64xf32>, tensor<?xi32>, tensor<128x64xbf16>) -> tensor<?x128xf32>
    return %logits : tensor<?x128xf32>
  }
}
