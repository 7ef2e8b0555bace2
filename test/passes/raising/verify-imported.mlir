// RUN: swage-opt %s --swage-raising-verify-imported --verify-diagnostics --split-input-file

transformer.weight @table : tensor<32x8xf32>
func.func @accepted(%tokens: tensor<?xi32>, %batch: !transformer.batch, %rows: tensor<?xi32>) -> tensor<?x8xf32> attributes {transformer.entry_point} {
  %table = transformer.get_weight @table : tensor<32x8xf32>
  %x = transformer.embedding %tokens, %table : (tensor<?xi32>, tensor<32x8xf32>) -> tensor<?x8xf32>
  %y = arith.addf %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// A function that is no entry point (R1).
// expected-error @+1 {{module has no entry point: a function with the attribute 'transformer.entry_point'}}
module {
  func.func @negative_r1(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    return %x : tensor<?x8xf32>
  }
}

// -----

// expected-error @+1 {{entry point 'negative_r2_blocks' has 2 blocks: exactly one can be compiled}}
func.func @negative_r2_blocks() attributes {transformer.entry_point} {
  cf.br ^bb1
^bb1:
  return
}

// -----

// expected-error @+1 {{entry point 'negative_r2_declaration' has 0 blocks: exactly one can be compiled}}
func.func private @negative_r2_declaration() attributes {transformer.entry_point}

// -----

// expected-error @+1 {{argument #1 of entry point 'negative_r3_rows' is 'tensor<?x8xf32>': wanted are indices (tensor<?xi32>) or a batch}}
func.func @negative_r3_rows(%tokens: tensor<?xi32>, %x: tensor<?x8xf32>) attributes {transformer.entry_point} {
  return
}

// -----

// expected-error @+1 {{argument #0 of entry point 'negative_r3_static' is 'tensor<4xi32>': wanted are indices (tensor<?xi32>) or a batch}}
func.func @negative_r3_static(%tokens: tensor<4xi32>) attributes {transformer.entry_point} {
  return
}

// -----

// expected-error @+1 {{entry point 'negative_r3_batches' has a second batch as argument #1}}
func.func @negative_r3_batches(%a: !transformer.batch, %b: !transformer.batch) attributes {transformer.entry_point} {
  return
}

// -----

func.func @negative_r4(%tokens: tensor<?xi32>) -> tensor<?x1xi32> attributes {transformer.entry_point} {
  // expected-error @+1 {{'tensor.expand_shape' op has no place in a model: raising found no operation of the transformer dialect for it}}
  %y = tensor.expand_shape %tokens [[0, 1]] output_shape [3, 1] : tensor<?xi32> into tensor<?x1xi32>
  return %y : tensor<?x1xi32>
}
