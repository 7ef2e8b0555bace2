// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @rope_c1(%x: tensor<?x8xf32>, %batch: !transformer.batch) {
  // expected-error @+1 {{'transformer.rope' op failed to verify that all of {input, result} have same type}}
  %y = "transformer.rope"(%x, %batch) <{head_dim = 4 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>}>
      : (tensor<?x8xf32>, !transformer.batch) -> tensor<?x8xf16>
  return
}

// -----

func.func @rope_c2(%x: tensor<?x8xf32>, %batch: !transformer.batch) {
  // expected-error @+1 {{'transformer.rope' op expected columns that are a multiple of head_dim, found 8 columns and head_dim = 6}}
  %y = transformer.rope %x, %batch {head_dim = 6 : i64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>} : tensor<?x8xf32>
  return
}

// -----

func.func @rope_c3(%x: tensor<?x8xf32>, %batch: !transformer.batch) {
  // expected-error @+1 {{'transformer.rope' op expected rope to rotate at most head_dim = 4 channels, found 8}}
  %y = transformer.rope %x, %batch {head_dim = 4 : i64, rope = #transformer.rope<dims = 8, theta = 1.0e+04>} : tensor<?x8xf32>
  return
}

// -----

func.func @cache_append_c1_keys(%k: tensor<?x6xf32>, %v: tensor<?x8xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.cache_append' op expected the keys to have 8 columns like num_kv_heads * head_dim of the cache, found 6}}
  transformer.cache_append %k, %v, %batch, %c : tensor<?x6xf32>, tensor<?x8xf32>, !transformer.cache<2 x 4 x f16>
  return
}

// -----

func.func @cache_append_c1_values(%k: tensor<?x8xf32>, %v: tensor<?x6xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.cache_append' op expected the values to have 8 columns like num_kv_heads * head_dim of the cache, found 6}}
  transformer.cache_append %k, %v, %batch, %c : tensor<?x8xf32>, tensor<?x6xf32>, !transformer.cache<2 x 4 x f16>
  return
}

// -----

func.func @attention_c1_queries(%q: tensor<?x12xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected the queries to have 16 columns like num_heads * head_dim, found 12}}
  %y = transformer.attention %q, %batch, %c {num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x12xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c1_result(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected the result to have 16 columns like num_heads * head_dim, found 12}}
  %y = transformer.attention %q, %batch, %c {num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x12xf32>
  return
}

// -----

func.func @attention_c2(%q: tensor<?x12xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected num_heads to be a positive multiple of the cache's num_kv_heads = 2, found 3}}
  %y = transformer.attention %q, %batch, %c {num_heads = 3 : i64, scale = 0.5 : f64}
      : (tensor<?x12xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x12xf32>
  return
}

// -----

func.func @attention_c3_together(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>, %k: tensor<?x8xf32>) {
  // expected-error @+1 {{'transformer.attention' op expected keys and values together, found keys alone}}
  %y = "transformer.attention"(%q, %batch, %c, %k) <{num_heads = 4 : i64, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}>
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>, tensor<?x8xf32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c3_values(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>, %v: tensor<?x8xf32>) {
  // expected-error @+1 {{'transformer.attention' op expected keys and values together, found values alone}}
  %y = "transformer.attention"(%q, %batch, %c, %v) <{num_heads = 4 : i64, scale = 0.5 : f64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>}>
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>, tensor<?x8xf32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c3_columns(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected the keys to have 8 columns like num_kv_heads * head_dim of the cache, found 16}}
  %y = transformer.attention %q, %batch, %c append(%q, %q) {num_heads = 4 : i64, scale = 0.5 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>, tensor<?x16xf32>, tensor<?x16xf32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c4_window(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected a positive window, found 0}}
  %y = transformer.attention %q, %batch, %c {num_heads = 4 : i64, scale = 0.5 : f64, window = 0 : i64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c4_soft_cap(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected a positive soft_cap, found 0.000000e+00}}
  %y = transformer.attention %q, %batch, %c {num_heads = 4 : i64, scale = 0.5 : f64, soft_cap = 0.0 : f64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c5_keys(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected appended keys with rope, found none}}
  %y = transformer.attention %q, %batch, %c {num_heads = 4 : i64, scale = 0.5 : f64, rope = #transformer.rope<dims = 4, theta = 1.0e+04>}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c5_dims(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected rope to rotate at most head_dim = 4 channels, found 6}}
  %y = transformer.attention %q, %batch, %c append(%k, %k) {num_heads = 4 : i64, scale = 0.5 : f64, rope = #transformer.rope<dims = 6, theta = 1.0e+04>}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>, tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c6(%q: tensor<?x16xf32>, %batch: !transformer.batch, %c: !transformer.cache<2 x 4 x f16>) {
  // expected-error @+1 {{'transformer.attention' op expected no window without causal, found window = 8}}
  %y = transformer.attention %q, %batch, %c {causal = false, num_heads = 4 : i64, scale = 0.5 : f64, window = 8 : i64}
      : (tensor<?x16xf32>, !transformer.batch, !transformer.cache<2 x 4 x f16>) -> tensor<?x16xf32>
  return
}
