// RUN: swage-opt %s | swage-opt | FileCheck %s
// RUN: swage-opt %s --mlir-print-op-generic | swage-opt | FileCheck %s

// CHECK: transformer.model = #transformer.model<architecture = "llama", source = "models/tiny", vocab_size = 4096, max_positions = 1024, bos = 0, eos = [1, 2]>
module attributes {transformer.model = #transformer.model<architecture = "llama", source = "models/tiny",
    vocab_size = 4096, max_positions = 1024, bos = 0, eos = [1, 2]>} {

// CHECK: transformer.weight @model.norm.weight : tensor<8xf16>
transformer.weight @model.norm.weight : tensor<8xf16>
// CHECK: transformer.cache @cache.0 : !transformer.cache<2 x 4 x f16>
transformer.cache @cache.0 : !transformer.cache<2 x 4 x f16>

// A result carries the name of the symbol that it reads.
// CHECK-LABEL: func.func @symbols
func.func @symbols() -> (tensor<8xf16>, !transformer.cache<2 x 4 x f16>) {
  // CHECK: %model.norm.weight = transformer.get_weight @model.norm.weight : tensor<8xf16>
  %w = transformer.get_weight @model.norm.weight : tensor<8xf16>
  // CHECK: %cache.0 = transformer.get_cache @cache.0 : !transformer.cache<2 x 4 x f16>
  %c = transformer.get_cache @cache.0 : !transformer.cache<2 x 4 x f16>
  return %w, %c : tensor<8xf16>, !transformer.cache<2 x 4 x f16>
}

// CHECK-LABEL: func.func @embedding
func.func @embedding(%tokens: tensor<?xi32>, %table: tensor<32x8xf16>, %types: tensor<?xi32>, %type_table: tensor<2x8xf16>,
                     %batch: !transformer.batch, %positions: tensor<64x8xf16>) {
  // CHECK: transformer.embedding %{{.*}}, %{{.*}} : (tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x8xf32>
  %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.embedding %{{.*}}, %{{.*}} {scale = 2.000000e+00 : f64} :
  %y = transformer.embedding %tokens, %table {scale = 2.0 : f64} : (tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.embedding %{{.*}}, %{{.*}} types(%{{.*}}, %{{.*}}) positions(%{{.*}}, %{{.*}}) : (tensor<?xi32>, tensor<32x8xf16>, tensor<?xi32>, tensor<2x8xf16>, !transformer.batch, tensor<64x8xf16>) -> tensor<?x8xf32>
  %z = transformer.embedding %tokens, %table types(%types, %type_table) positions(%batch, %positions)
      : (tensor<?xi32>, tensor<32x8xf16>, tensor<?xi32>, tensor<2x8xf16>, !transformer.batch, tensor<64x8xf16>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @norms
func.func @norms(%x: tensor<?x8xf32>, %w: tensor<8xf16>, %head: tensor<4xf16>, %b: tensor<8xf32>, %rows: tensor<?xi32>) {
  // CHECK: transformer.select_rows %{{.*}}, %{{.*}} : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  %s = transformer.select_rows %x, %rows : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  // CHECK: transformer.rms_norm %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xbf16>
  %0 = transformer.rms_norm %x, %w {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xbf16>
  // CHECK: transformer.rms_norm %{{.*}}, %{{.*}} rows %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<?xi32>) -> tensor<?x8xf32>
  %1 = transformer.rms_norm %x, %w rows %rows {epsilon = 1.0e-05 : f64}
      : (tensor<?x8xf32>, tensor<8xf16>, tensor<?xi32>) -> tensor<?x8xf32>
  // CHECK: transformer.rms_norm %{{.*}}, %{{.*}} residual %{{.*}} {epsilon = 1.000000e-05 : f64, weight_offset = 1.000000e+00 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %added = transformer.rms_norm %x, %w residual %x {epsilon = 1.0e-05 : f64, weight_offset = 1.0 : f64}
      : (tensor<?x8xf32>, tensor<8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: transformer.rms_norm %{{.*}}, %{{.*}} {epsilon = 1.000000e-05 : f64} : (tensor<?x8xf32>, tensor<4xf16>) -> tensor<?x8xf32>
  %heads = transformer.rms_norm %x, %head {epsilon = 1.0e-05 : f64} : (tensor<?x8xf32>, tensor<4xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.layer_norm %{{.*}}, %{{.*}} {epsilon = 0.000000e+00 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  %2 = transformer.layer_norm %x, %w {epsilon = 0.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.layer_norm %{{.*}}, %{{.*}} bias %{{.*}} {epsilon = 0.000000e+00 : f64} :
  %3 = transformer.layer_norm %x, %w bias %b {epsilon = 0.0 : f64}
      : (tensor<?x8xf32>, tensor<8xf16>, tensor<8xf32>) -> tensor<?x8xf32>
  // CHECK: transformer.layer_norm %{{.*}}, %{{.*}} bias %{{.*}} rows %{{.*}} {epsilon = 0.000000e+00 : f64} :
  %4 = transformer.layer_norm %x, %w bias %b rows %rows {epsilon = 0.0 : f64}
      : (tensor<?x8xf32>, tensor<8xf16>, tensor<8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<?x8xf32>, %w: tensor<8x8xf16>, %k: tensor<4x8xbf16>, %b: tensor<8xf16>, %c: tensor<4xf32>,
                  %rows: tensor<?xi32>) {
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}, %{{.*}}) : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<4x8xbf16>) -> tensor<?x12xf32>
  %0 = transformer.linear %x weights(%w, %k) : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<4x8xbf16>) -> tensor<?x12xf32>
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}, %{{.*}}) biases(%{{.*}}, %{{.*}}) activation(gelu_tanh) :
  %1 = transformer.linear %x weights(%w, %k) biases(%b, %c) activation(gelu_tanh)
      : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<4x8xbf16>, tensor<8xf16>, tensor<4xf32>) -> tensor<?x12xf32>
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}, %{{.*}}) activation(gated silu) :
  %2 = transformer.linear %x weights(%w, %w) activation(gated silu)
      : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<8x8xf16>) -> tensor<?x8xf16>
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}) residual %{{.*}} : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = transformer.linear %x weights(%w) residual %x : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: transformer.split %{{.*}} : tensor<?x12xf32> -> tensor<?x8xf32>, tensor<?x4xf32>
  %4:2 = transformer.split %0 : tensor<?x12xf32> -> tensor<?x8xf32>, tensor<?x4xf32>
  // CHECK: transformer.logits %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x8xf32>, tensor<?xi32>, tensor<4x8xbf16>) -> tensor<?x4xf32>
  %5 = transformer.logits %x, %rows, %k : (tensor<?x8xf32>, tensor<?xi32>, tensor<4x8xbf16>) -> tensor<?x4xf32>
  // CHECK: transformer.logits %{{.*}}, %{{.*}}, %{{.*}} bias %{{.*}} {soft_cap = 3.000000e+01 : f64} :
  %6 = transformer.logits %x, %rows, %k bias %c {soft_cap = 30.0 : f64}
      : (tensor<?x8xf32>, tensor<?xi32>, tensor<4x8xbf16>, tensor<4xf32>) -> tensor<?x4xf32>
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}) {soft_cap = 3.000000e+01 : f64} :
  %7 = transformer.linear %x weights(%w) {soft_cap = 30.0 : f64} : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.linear %{{.*}} weights(%{{.*}}) activation(tanh) :
  %8 = transformer.linear %x weights(%w) activation(tanh) : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @feed_forward
func.func @feed_forward(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>, %b: tensor<24xf16>, %c: tensor<8xf16>) {
  // CHECK: transformer.activation relu %{{.*}} : tensor<?x8xf32>
  %0 = transformer.activation relu %x : tensor<?x8xf32>
  // CHECK: transformer.gated_mlp silu %{{.*}} gate %{{.*}} up %{{.*}} down %{{.*}} :
  %1 = transformer.gated_mlp silu %x gate %g up %g down %d
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  // CHECK: transformer.gated_mlp gelu %{{.*}} gate %{{.*}} up %{{.*}} down %{{.*}} biases(%{{.*}}, %{{.*}}, %{{.*}}) :
  %2 = transformer.gated_mlp gelu %x gate %g up %g down %d biases(%b, %b, %c)
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<24xf16>, tensor<24xf16>, tensor<8xf16>)
      -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @encoder
func.func @encoder(%x: tensor<?x8xf32>, %batch: !transformer.batch) {
  // CHECK: transformer.first_rows %{{.*}}, %{{.*}} : tensor<?x8xf32> -> tensor<?x8xbf16>
  %0 = transformer.first_rows %x, %batch : tensor<?x8xf32> -> tensor<?x8xbf16>
  return
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %batch: !transformer.batch, %cache: !transformer.cache<2 x 4 x f16>) {
  // CHECK: transformer.rope %{{.*}}, %{{.*}} {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.000000e+04>} : tensor<?x16xf32>
  %0 = transformer.rope %q, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>} : tensor<?x16xf32>
  // CHECK: transformer.cache_append %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<?x8xf32>, !transformer.cache<2 x 4 x f16>
  transformer.cache_append %k, %k, %batch, %cache : tensor<?x8xf32>, tensor<?x8xf32>, !transformer.cache<2 x 4 x f16>
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} {num_heads = 4 : i64, scale = 5.000000e-01 : f64} :
  %1 = transformer.attention %q, %batch, %cache {num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} append(%{{.*}}, %{{.*}}) {num_heads = 4 : i64, rope = #transformer.rope<dims = 4, theta = 5.000000e+05>, scale = 5.000000e-01 : f64, soft_cap = 5.000000e+01 : f64, window = 64 : i64} :
  %2 = transformer.attention %q, %batch, %cache append(%k, %k)
      {num_heads = 4 : i64, scale = 0.5 : f64, soft_cap = 50.0 : f64, window = 64 : i64,
       rope = #transformer.rope<dims = 4, theta = 5.0e+05>}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>, tensor<?x8xf32>, tensor<?x8xf32>)
      -> tensor<?x16xf32>
  // CHECK: transformer.attention %{{.*}}, %{{.*}}, %{{.*}} {causal = false, num_heads = 4 : i64, scale = 5.000000e-01 : f64} :
  %3 = transformer.attention %q, %batch, %cache {causal = false, num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}

}
