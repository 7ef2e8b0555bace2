// RUN: swage-opt %s --pass-pipeline='builtin.module(func.func(swage-fusion-verify-fused))' --verify-diagnostics --split-input-file

func.func @accepted(%h: tensor<?x24xf32>, %w: tensor<8x24xf16>, %x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %y = transformer.linear %h weights(%w) residual %x : (tensor<?x24xf32>, tensor<8x24xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @negative_gated_mlp(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'transformer.gated_mlp' op is left after fusion: swage-fusion-expand-gated-mlp turns it into linears}}
  %y = transformer.gated_mlp silu %x gate %w up %w down %w
      : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @negative_moe(%x: tensor<?x8xf32>, %w: tensor<1x8xf32>, %v: tensor<8x8xf32>) -> tensor<?x8xf32> {
  // expected-error @+1 {{'transformer.moe' op is left after fusion: swage-fusion-expand-moe turns it into grouped linears}}
  %y = transformer.moe silu %x router %w gate(%v) up(%v) down(%v) {top_k = 1 : i64}
      : (tensor<?x8xf32>, tensor<1x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @negative_logits(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %t: tensor<32x8xf16>) -> tensor<?x32xf32> {
  // expected-error @+1 {{'transformer.logits' op is left after fusion: swage-fusion-select-logit-rows turns it into a linear}}
  %l = transformer.logits %x, %rows, %t : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}

// -----

func.func @negative_append(%k: tensor<?x4xf32>, %batch: !transformer.batch, %c: !transformer.cache<1 x 4 x f16>) {
  // expected-error @+1 {{'transformer.cache_append' op is left after fusion: an attention on the same cache and batch must follow, with nothing between them that touches the cache}}
  transformer.cache_append %k, %k, %batch, %c : tensor<?x4xf32>, tensor<?x4xf32>, !transformer.cache<1 x 4 x f16>
  return
}

// -----

func.func @negative_rope(%q: tensor<?x8xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> {
  // expected-error @+1 {{'transformer.rope' op is left after fusion: an attention must read it together with appended keys that are rotated by the same rope attribute}}
  %r = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>} : tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}
