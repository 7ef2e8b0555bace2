// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @moe_c1(%x: tensor<?x8xf32>, %r: tensor<2x6xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected the router to have 8 columns like the input, found 6}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x6xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c2(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected gate to have 2 matrices, one for each row of the router, found 1}}
  %y = transformer.moe silu %x router %r gate(%g0) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c3_types(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<16x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected each gate to have type 'tensor<24x8xf16>', found 'tensor<16x8xf16>'}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<16x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c3_columns(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x6xf16>, %u1: tensor<24x6xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected each up to have 8 columns, found 6}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x6xf16>, tensor<24x6xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c3_rows(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<16x8xf16>, %u1: tensor<16x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected each up to have 24 rows like a gate, found 16}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<16x8xf16>, tensor<16x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c3_down(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x16xf16>, %d1: tensor<8x16xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected each down to have 24 columns, found 16}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x16xf16>, tensor<8x16xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c4_none(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected a top_k of 1 to 2, the number of experts, found 0}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 0 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c4_many(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected a top_k of 1 to 2, the number of experts, found 3}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 3 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @moe_c5(%x: tensor<?x8xf32>, %r: tensor<2x8xf16>, %g0: tensor<24x8xf16>, %g1: tensor<24x8xf16>, %u0: tensor<24x8xf16>, %u1: tensor<24x8xf16>, %d0: tensor<8x24xf16>, %d1: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.moe' op expected the result to have 8 columns, the rows of a down, found 4}}
  %y = transformer.moe silu %x router %r gate(%g0, %g1) up(%u0, %u1) down(%d0, %d1) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<2x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<8x24xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @route_c1(%l: tensor<?x4xf32>) {
  // expected-error @+1 {{'transformer.route' op expected a top_k of 1 to 4, the number of experts, found 5}}
  %w, %e, %p, %g = transformer.route %l {top_k = 5 : i64} : tensor<?x4xf32> -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @route_c2_weights(%l: tensor<?x4xf32>) {
  // expected-error @+1 {{'transformer.route' op expected the weights to have 2 columns, top_k, found 3}}
  %w, %e, %p, %g = transformer.route %l {top_k = 2 : i64} : tensor<?x4xf32> -> tensor<?x3xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @route_c2_experts(%l: tensor<?x4xf32>) {
  // expected-error @+1 {{'transformer.route' op expected the experts to have 2 columns, top_k, found 3}}
  %w, %e, %p, %g = transformer.route %l {top_k = 2 : i64} : tensor<?x4xf32> -> tensor<?x2xf32>, tensor<?x3xi32>, tensor<?xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @route_c2_groups(%l: tensor<?x4xf32>) {
  // expected-error @+1 {{'transformer.route' op expected the groups to have 4 rows, one for each expert, found 5}}
  %w, %e, %p, %g = transformer.route %l {top_k = 2 : i64} : tensor<?x4xf32> -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<5x3xi32>
  return
}

// -----

func.func @route_c3_logits(%l: tensor<?x4xf16>) {
  // expected-error @+1 {{'transformer.route' op expected logits' elements of type f32, found 'f16'}}
  %w, %e, %p, %g = transformer.route %l {top_k = 2 : i64} : tensor<?x4xf16> -> tensor<?x2xf32>, tensor<?x2xi32>, tensor<?xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @route_c3_weights(%l: tensor<?x4xf32>) {
  // expected-error @+1 {{'transformer.route' op expected weights' elements of type f32, found 'f16'}}
  %w, %e, %p, %g = transformer.route %l {top_k = 2 : i64} : tensor<?x4xf32> -> tensor<?x2xf16>, tensor<?x2xi32>, tensor<?xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @grouped_c1(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x8xf16>, %v: tensor<24x8xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected the operation to have 2 weights, one for each expert, found 1}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>) -> tensor<?x24xf32>
  return
}

// -----

func.func @grouped_c1_gated(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x8xf16>, %v: tensor<24x8xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected the operation to have 4 weights, two for each expert, found 2}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w, %v) activation silu {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>) -> tensor<?x24xf32>
  return
}

// -----

func.func @grouped_c2_types(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x8xf16>, %v: tensor<16x8xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected each weight to have type 'tensor<24x8xf16>', found 'tensor<16x8xf16>'}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w, %v) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<16x8xf16>) -> tensor<?x24xf32>
  return
}

// -----

func.func @grouped_c2_columns(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x6xf16>, %v: tensor<24x6xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected each weight to have 8 columns, found 6}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w, %v) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x6xf16>, tensor<24x6xf16>) -> tensor<?x24xf32>
  return
}

// -----

func.func @grouped_c3(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x8xf16>, %v: tensor<24x8xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected the result to have 24 columns, the rows of a weight, found 8}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w, %v) {top_k = 1 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @grouped_c4(%x: tensor<?x8xf32>, %p: tensor<?xi32>, %g: tensor<2x3xi32>, %w: tensor<24x8xf16>, %v: tensor<24x8xf16>) {
  // expected-error @+1 {{'transformer.grouped_linear' op expected a top_k of 1 to 2, the number of experts, found 3}}
  %y = transformer.grouped_linear %x, %p, %g weights(%w, %v) {top_k = 3 : i64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<2x3xi32>, tensor<24x8xf16>, tensor<24x8xf16>) -> tensor<?x24xf32>
  return
}

// -----

func.func @combine_c1_columns(%x: tensor<?x8xf32>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{'transformer.combine' op expected the result to have 8 columns like the input, found 6}}
  %y = transformer.combine %x, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @combine_c1_input(%x: tensor<?x8xf16>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{'transformer.combine' op expected input elements of type f32, found 'f16'}}
  %y = transformer.combine %x, %w : (tensor<?x8xf16>, tensor<?x2xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @combine_c1_result(%x: tensor<?x8xf32>, %w: tensor<?x2xf32>) {
  // expected-error @+1 {{'transformer.combine' op expected result elements of type f32, found 'f16'}}
  %y = transformer.combine %x, %w : (tensor<?x8xf32>, tensor<?x2xf32>) -> tensor<?x8xf16>
  return
}

// -----

func.func @combine_c1_weights(%x: tensor<?x8xf32>, %w: tensor<?x2xf16>) {
  // expected-error @+1 {{'transformer.combine' op expected weights' elements of type f32, found 'f16'}}
  %y = transformer.combine %x, %w : (tensor<?x8xf32>, tensor<?x2xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @combine_c2(%x: tensor<?x8xf32>, %w: tensor<?x2xf32>, %r: tensor<?x8xf16>) {
  // expected-error @+1 {{'transformer.combine' op expected a residual of type 'tensor<?x8xf32>' like the result, found 'tensor<?x8xf16>'}}
  %y = transformer.combine %x, %w residual %r : (tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x8xf16>) -> tensor<?x8xf32>
  return
}
