// RUN: swage-opt %s --verify-diagnostics --split-input-file

func.func @rows_static(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{'transformer.activation' op operand #0 must be rows of float values, tensor<?xCxT>, but got 'tensor<4x8xf32>'}}
  %y = transformer.activation relu %x : tensor<4x8xf32>
  return
}

// -----

func.func @embedding_c1(%tokens: tensor<?xi32>, %table: tensor<32x8xf16>) {
  // expected-error @+1 {{'transformer.embedding' op expected the result to have 8 columns like the table, found 4}}
  %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @embedding_c2(%tokens: tensor<?xi32>, %table: tensor<32x8xf16>) {
  // expected-error @+1 {{'transformer.embedding' op expected a finite scale, found INF}}
  %x = transformer.embedding %tokens, %table {scale = 0x7FF0000000000000 : f64} : (tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @select_rows_c1_columns(%x: tensor<?x8xf32>, %rows: tensor<?xi32>) {
  // expected-error @+1 {{'transformer.select_rows' op expected the result to have 8 columns like the input, found 4}}
  %y = transformer.select_rows %x, %rows : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @select_rows_c1_type(%x: tensor<?x8xf32>, %rows: tensor<?xi32>) {
  // expected-error @+1 {{'transformer.select_rows' op expected result elements of type 'f32' like the input, found 'f16'}}
  %y = transformer.select_rows %x, %rows : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf16>
  return
}

// -----

func.func @rms_norm_c1_weight(%x: tensor<?x8xf32>, %w: tensor<3xf16>) {
  // expected-error @+1 {{'transformer.rms_norm' op expected a weight whose size divides the 8 columns of the input, found 3 elements}}
  %y = transformer.rms_norm %x, %w {epsilon = 0.0 : f64} : (tensor<?x8xf32>, tensor<3xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_c2_offset(%x: tensor<?x8xf32>, %w: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.rms_norm' op expected a finite weight_offset, found INF}}
  %y = transformer.rms_norm %x, %w {epsilon = 0.0 : f64, weight_offset = 0x7FF0000000000000 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rms_norm_c3(%x: tensor<?x8xf32>, %w: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.rms_norm' op expected a residual of the result's type 'tensor<?x8xf16>', found 'tensor<?x8xf32>'}}
  %y = transformer.rms_norm %x, %w residual %x {epsilon = 0.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<?x8xf32>) -> tensor<?x8xf16>
  return
}

// -----

func.func @embedding_c1_types(%tokens: tensor<?xi32>, %table: tensor<32x8xf16>, %type_table: tensor<2x4xf16>) {
  // expected-error @+1 {{'transformer.embedding' op expected the type table to have 8 columns like the table, found 4}}
  %x = transformer.embedding %tokens, %table types(%tokens, %type_table) : (tensor<?xi32>, tensor<32x8xf16>, tensor<?xi32>, tensor<2x4xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @embedding_c1_positions(%tokens: tensor<?xi32>, %table: tensor<32x8xf16>, %batch: !transformer.batch, %positions: tensor<64x4xf16>) {
  // expected-error @+1 {{'transformer.embedding' op expected the position table to have 8 columns like the table, found 4}}
  %x = transformer.embedding %tokens, %table positions(%batch, %positions) : (tensor<?xi32>, tensor<32x8xf16>, !transformer.batch, tensor<64x4xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @logits_c1_bias(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<32x8xf16>, %b: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.logits' op expected the bias to have 32 elements like the weight's rows, found 8}}
  %l = transformer.logits %x, %rows, %w bias %b : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>, tensor<8xf16>) -> tensor<?x32xf32>
  return
}

// -----

func.func @logits_c3(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<32x8xf16>) {
  // expected-error @+1 {{'transformer.logits' op expected a positive soft_cap, found 0.000000e+00}}
  %l = transformer.logits %x, %rows, %w {soft_cap = 0.0 : f64} : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf32>
  return
}

// -----

func.func @rms_norm_c1_result(%x: tensor<?x8xf32>, %w: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.rms_norm' op expected the result to have 8 columns like the input, found 4}}
  %y = transformer.rms_norm %x, %w {epsilon = 0.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<?x8xf32>, %w: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.rms_norm' op expected an epsilon of at least 0, found -1.000000e+00}}
  %y = transformer.rms_norm %x, %w {epsilon = -1.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<?x8xf32>, %w: tensor<8xf16>, %b: tensor<4xf16>) {
  // expected-error @+1 {{'transformer.layer_norm' op expected the bias to have 8 elements like the input, found 4}}
  %y = transformer.layer_norm %x, %w bias %b {epsilon = 0.0 : f64} : (tensor<?x8xf32>, tensor<8xf16>, tensor<4xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<?x8xf32>, %w: tensor<8xf16>) {
  // expected-error @+1 {{'transformer.layer_norm' op expected an epsilon of at least 0, found nan}}
  %y = transformer.layer_norm %x, %w {epsilon = 0x7FF8000000000000 : f64} : (tensor<?x8xf32>, tensor<8xf16>) -> tensor<?x8xf32>
  return
}

// -----

func.func @split_c1_columns(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'transformer.split' op expected the parts to have 8 columns together like the input, found 6}}
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x2xf32>
  return
}

// -----

func.func @split_c1_type(%x: tensor<?x8xf32>) {
  // expected-error @+1 {{'transformer.split' op expected elements of part 1 to have the input's type 'f32', found 'f16'}}
  %a, %b = transformer.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf16>
  return
}

// -----

func.func @logits_c1_weight(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<32x4xf16>) {
  // expected-error @+1 {{'transformer.logits' op expected the weight to have 8 columns like the input, found 4}}
  %y = transformer.logits %x, %rows, %w : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x4xf16>) -> tensor<?x32xf32>
  return
}

// -----

func.func @logits_c1_result(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<32x8xf16>) {
  // expected-error @+1 {{'transformer.logits' op expected the result to have 32 columns like the weight's rows, found 16}}
  %y = transformer.logits %x, %rows, %w : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x16xf32>
  return
}

// -----

func.func @logits_c2(%x: tensor<?x8xf32>, %rows: tensor<?xi32>, %w: tensor<32x8xf16>) {
  // expected-error @+1 {{'transformer.logits' op expected result elements of type f32, found 'f16'}}
  %y = transformer.logits %x, %rows, %w : (tensor<?x8xf32>, tensor<?xi32>, tensor<32x8xf16>) -> tensor<?x32xf16>
  return
}

// -----

func.func @first_rows_c1(%x: tensor<?x8xf32>, %batch: !transformer.batch) {
  // expected-error @+1 {{'transformer.first_rows' op expected the result to have 8 columns like the input, found 4}}
  %y = transformer.first_rows %x, %batch : tensor<?x8xf32> -> tensor<?x4xf32>
  return
}
