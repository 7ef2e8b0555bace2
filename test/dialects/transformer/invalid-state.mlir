// RUN: swage-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{'transformer.weight' op expected a static shape of rank 1 or 2 without a zero dimension, found 'tensor<?xf32>'}}
transformer.weight @weight_c1_dynamic : tensor<?xf32>

// -----

// expected-error @+1 {{'transformer.weight' op expected a static shape of rank 1 or 2 without a zero dimension, found 'tensor<2x2x2xf32>'}}
transformer.weight @weight_c1_rank : tensor<2x2x2xf32>

// -----

// expected-error @+1 {{'transformer.weight' op expected a static shape of rank 1 or 2 without a zero dimension, found 'tensor<4x0xf32>'}}
transformer.weight @weight_c1_zero : tensor<4x0xf32>

// -----

func.func @get_weight_c1_missing() {
  // expected-error @+1 {{'transformer.get_weight' op expected @w to name a transformer.weight, found none}}
  %w = transformer.get_weight @w : tensor<8xf16>
  return
}

// -----

transformer.weight @w : tensor<8xf32>
func.func @get_weight_c1_type() {
  // expected-error @+1 {{'transformer.get_weight' op expected the type of @w, 'tensor<8xf32>', found 'tensor<8xf16>'}}
  %w = transformer.get_weight @w : tensor<8xf16>
  return
}

// -----

transformer.weight @c : tensor<8xf32>
func.func @get_cache_c1_kind() {
  // expected-error @+1 {{'transformer.get_cache' op expected @c to name a transformer.cache, found none}}
  %c = transformer.get_cache @c : !transformer.cache<2 x 4 x f16>
  return
}

// -----

transformer.cache @c : !transformer.cache<2 x 4 x f32>
func.func @get_cache_c1_type() {
  // expected-error @+1 {{'transformer.get_cache' op expected the type of @c, '!transformer.cache<2 x 4 x f32>', found '!transformer.cache<2 x 4 x f16>'}}
  %c = transformer.get_cache @c : !transformer.cache<2 x 4 x f16>
  return
}

// -----

// expected-error @+1 {{expected a positive number of key/value heads, found 0}}
transformer.cache @cache_c1_heads : !transformer.cache<0 x 4 x f16>

// -----

// expected-error @+1 {{expected a positive head dimension, found 0}}
transformer.cache @cache_c1_dim : !transformer.cache<2 x 0 x f16>

// -----

// expected-error @+1 {{expected cache elements of type f32, f16, bf16, f8E4M3FN, i8 or i4, found 'i16'}}
transformer.cache @cache_c2 : !transformer.cache<2 x 4 x i16>

// -----

// expected-error @+1 {{'transformer.weight' op expected source and view together, found one of them}}
transformer.weight @weight_c2_alone : tensor<8x4xf32> {source = "s"}

// -----

// expected-error @+1 {{'transformer.weight' op expected a view of 8 rows, found 6}}
transformer.weight @weight_c2_rows : tensor<8x4xf32> {source = "s", view = #transformer.view<offset = 0, sizes = [2, 3], strides = [4, 1]>}

// -----

// expected-error @+1 {{'transformer.weight' op expected a matrix for a transposed view, found 'tensor<8xf32>'}}
transformer.weight @weight_c3 : tensor<8xf32> {source = "s", view = #transformer.view<offset = 0, sizes = [8], strides = [1], transposed>}
