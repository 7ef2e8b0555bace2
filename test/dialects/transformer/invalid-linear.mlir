// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @linear_c1_none(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'transformer.linear' op expected at least one weight, found none}}
  %y = "transformer.linear"(%x) <{operandSegmentSizes = array<i32: 1, 0, 0, 0>}> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c1_columns(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>, %v: tensor<4x6xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected weight 1 to have 8 columns like the input, found 6}}
  %y = transformer.linear %x weights(%w, %v) : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x6xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c2_count(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>, %b: tensor<4xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected no bias or one for each of 2 weights, found 1}}
  %y = transformer.linear %x weights(%w, %w) biases(%b)
      : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x8xf16>, tensor<4xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c2_elements(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>, %b: tensor<5xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected bias 0 to have 4 elements like its weight's rows, found 5}}
  %y = transformer.linear %x weights(%w) biases(%b) : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<5xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c3_activation(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected an activation with gated, found none}}
  %y = transformer.linear %x weights(%w, %w) {gated} : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c3_parts(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected 2 weights with gated, found 1}}
  %y = transformer.linear %x weights(%w) activation(gated silu) : (tensor<?x8xf32>, tensor<4x8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c3_rows(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>, %v: tensor<6x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected weight 1 to have 4 rows like weight 0, found 6}}
  %y = transformer.linear %x weights(%w, %v) activation(gated silu)
      : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<6x8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c4(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected the result to have 8 columns like the weights' rows, found 4}}
  %y = transformer.linear %x weights(%w, %w) : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c4_gated(%x: tensor<?x8xf32>, %w: tensor<4x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected the result to have 4 columns like the weights' rows, found 8}}
  %y = transformer.linear %x weights(%w, %w) activation(gated silu)
      : (tensor<?x8xf32>, tensor<4x8xf16>, tensor<4x8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c5_both(%x: tensor<?x8xf32>, %w: tensor<8x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected a residual or an activation, found both}}
  %y = transformer.linear %x weights(%w) activation(silu) residual %x
      : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c5_type(%x: tensor<?x8xf32>, %w: tensor<8x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected a residual of the result's type 'tensor<?x8xf16>', found 'tensor<?x8xf32>'}}
  %y = transformer.linear %x weights(%w) residual %x
      : (tensor<?x8xf32>, tensor<8x8xf16>, tensor<?x8xf32>) -> tensor<?x8xf16>
  return
}

// -----

func.func @gated_mlp_c1_gate(%x: tensor<?x8xf32>, %g: tensor<24x6xf16>, %u: tensor<24x8xf16>, %d: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected gate to have 8 columns like the input, found 6}}
  %y = transformer.gated_mlp silu %x gate %g up %u down %d
      : (tensor<?x8xf32>, tensor<24x6xf16>, tensor<24x8xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c1_up_columns(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %u: tensor<24x6xf16>, %d: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected up to have 8 columns like the input, found 6}}
  %y = transformer.gated_mlp silu %x gate %g up %u down %d
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x6xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c1_up_rows(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %u: tensor<20x8xf16>, %d: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected up to have 24 rows like gate, found 20}}
  %y = transformer.gated_mlp silu %x gate %g up %u down %d
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<20x8xf16>, tensor<8x24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c2(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %d: tensor<8x20xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected down to have 24 columns like gate's rows, found 20}}
  %y = transformer.gated_mlp silu %x gate %g up %g down %d
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x20xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c3_count(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>, %b: tensor<24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected no bias or one for each of gate, up and down, found 1}}
  %y = transformer.gated_mlp silu %x gate %g up %g down %d biases(%b)
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<24xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c3_elements(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>, %b: tensor<24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected bias 2 to have 8 elements like its weight's rows, found 24}}
  %y = transformer.gated_mlp silu %x gate %g up %g down %d biases(%b, %b, %b)
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>, tensor<24xf16>, tensor<24xf16>, tensor<24xf16>)
      -> tensor<?x8xf32>
  return
}

// -----

func.func @gated_mlp_c4(%x: tensor<?x8xf32>, %g: tensor<24x8xf16>, %d: tensor<8x24xf16>) {
  // expected-error @+1 {{'transformer.gated_mlp' op expected the result to have 8 columns like down's rows, found 4}}
  %y = transformer.gated_mlp silu %x gate %g up %g down %d
      : (tensor<?x8xf32>, tensor<24x8xf16>, tensor<24x8xf16>, tensor<8x24xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @linear_c6_activation(%x: tensor<?x8xf32>, %w: tensor<8x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected a soft_cap or an activation, found both}}
  %y = transformer.linear %x weights(%w) activation(relu) {soft_cap = 2.0 : f64} : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @linear_c6_positive(%x: tensor<?x8xf32>, %w: tensor<8x8xf16>) {
  // expected-error @+1 {{'transformer.linear' op expected a positive soft_cap, found -1.000000e+00}}
  %y = transformer.linear %x weights(%w) {soft_cap = -1.0 : f64} : (tensor<?x8xf32>, tensor<8x8xf16>) -> tensor<?x8xf32>
  return
}
