// RUN: swage-opt %s --verify-diagnostics --split-input-file

// expected-error @+1 {{expected a positive even number of dims, found 3}}
func.func private @rope_c1() attributes {transformer.test = #transformer.rope<dims = 3, theta = 1.0>}

// -----

// expected-error @+1 {{expected a positive finite theta, found 0.000000e+00}}
func.func private @rope_c2() attributes {transformer.test = #transformer.rope<dims = 4, theta = 0.0>}

// -----

// expected-error @+1 {{expected a positive finite factor, found -2.000000e+00}}
func.func private @rope_c3_sign() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = linear, factor = -2.0>}

// -----

// expected-error @+1 {{expected factor 1 with scaling none, found 2.000000e+00}}
func.func private @rope_c3_none() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, factor = 2.0>}

// -----

// expected-error @+1 {{expected low_freq_factor and high_freq_factor with scaling llama3 only, found them with scaling linear}}
func.func private @rope_c8_llama3() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = linear, low_freq_factor = 1.0>}

// -----

// expected-error @+1 {{expected high_freq_factor > low_freq_factor > 0, found 1.000000e+00 and 4.000000e+00}}
func.func private @rope_c4_order() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = llama3,
    low_freq_factor = 4.0, high_freq_factor = 1.0, original_max_positions = 8192>}

// -----

// expected-error @+1 {{expected positive original_max_positions with scaling llama3, found 0}}
func.func private @rope_c8_positions() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = llama3,
    low_freq_factor = 1.0, high_freq_factor = 4.0>}

// -----

// expected-error @+1 {{expected parameters dims and theta}}
func.func private @rope_missing() attributes {transformer.test = #transformer.rope<dims = 4>}

// -----

// expected-error @+1 {{parameter 'dims' is given twice}}
func.func private @rope_twice() attributes {transformer.test = #transformer.rope<dims = 4, dims = 4, theta = 1.0>}

// -----

// expected-error @+1 {{unknown parameter 'base'; known are dims, theta, scaling, factor, low_freq_factor, high_freq_factor, original_max_positions, attention_factor, beta_fast, beta_slow, truncate, short_factors, long_factors, lengths}}
func.func private @rope_unknown() attributes {transformer.test = #transformer.rope<base = 4>}

// -----

// expected-error @+1 {{unknown scaling 'cubic'; known are none, linear, llama3, dynamic, yarn, longrope}}
func.func private @rope_scaling() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = cubic>}

// -----

// expected-error @+1 {{expected a positive finite attention_factor, found 0.000000e+00}}
func.func private @rope_c2_attention() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, attention_factor = 0.0>}

// -----

// expected-error @+1 {{expected factor 1 with scaling longrope, found 2.000000e+00}}
func.func private @rope_c3_longrope() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = longrope, factor = 2.0>}

// -----

// expected-error @+1 {{expected beta_fast >= beta_slow > 0, found 1.000000e+00 and 3.200000e+01}}
func.func private @rope_c5() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = yarn,
    beta_fast = 1.0, beta_slow = 32.0, original_max_positions = 64>}

// -----

// expected-error @+1 {{expected beta_fast, beta_slow and truncate with scaling yarn only, found them with scaling none}}
func.func private @rope_c8_yarn() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, truncate = false>}

// -----

// expected-error @+1 {{expected true or false, found maybe}}
func.func private @rope_truncate() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, truncate = maybe>}

// -----

// expected-error @+1 {{expected 2 positive short_factors and as many long_factors with scaling longrope}}
func.func private @rope_c6_count() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = longrope,
    short_factors = [1.0], long_factors = [1.0, 2.0], original_max_positions = 64, lengths = [64]>}

// -----

// expected-error @+1 {{expected 2 positive short_factors and as many long_factors with scaling longrope}}
func.func private @rope_c6_sign() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = longrope,
    short_factors = [1.0, 1.0], long_factors = [1.0, -2.0], original_max_positions = 64, lengths = [64]>}

// -----

// expected-error @+1 {{expected short_factors and long_factors with scaling longrope only, found them with scaling none}}
func.func private @rope_c8_longrope() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, short_factors = [1.0, 1.0]>}

// -----

// expected-error @+1 {{expected more than 2 dims with scaling dynamic}}
func.func private @rope_c7() attributes {transformer.test = #transformer.rope<dims = 2, theta = 1.0, scaling = dynamic,
    original_max_positions = 64, lengths = [64]>}

// -----

// expected-error @+1 {{expected no original_max_positions with scaling linear, found 64}}
func.func private @rope_c8_linear() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = linear, original_max_positions = 64>}

// -----

// expected-error @+1 {{expected positive lengths that ascend, found 64 behind 64}}
func.func private @rope_c9_order() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, lengths = [64, 64]>}

// -----

// expected-error @+1 {{expected lengths with scaling dynamic, found none}}
func.func private @rope_c9_none() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = dynamic, original_max_positions = 64>}

// -----

// expected-error @+1 {{expected a positive vocab_size, found 0}}
func.func private @model_c1_vocab() attributes {transformer.test = #transformer.model<architecture = "llama", source = "", vocab_size = 0, max_positions = 1, bos = -1, eos = []>}

// -----

// expected-error @+1 {{expected positive max_positions, found 0}}
func.func private @model_c1_positions() attributes {transformer.test = #transformer.model<architecture = "llama", source = "", vocab_size = 1, max_positions = 0, bos = -1, eos = []>}

// -----

// expected-error @+1 {{expected bos to be a token or -1, found -2}}
func.func private @model_c2_bos() attributes {transformer.test = #transformer.model<architecture = "llama", source = "", vocab_size = 1, max_positions = 1, bos = -2, eos = []>}

// -----

// expected-error @+1 {{expected eos to hold tokens, found -1}}
func.func private @model_c2_eos() attributes {transformer.test = #transformer.model<architecture = "llama", source = "", vocab_size = 1, max_positions = 1, bos = -1, eos = [0, -1]>}

// -----

// expected-error @+1 {{expected token_types to be 0 or more, found -1}}
func.func private @model_c3() attributes {transformer.test = #transformer.model<architecture = "bert", source = "", vocab_size = 1, max_positions = 1, bos = -1, eos = [], token_types = -1>}

// -----

// expected-error @+1 {{expected at least one size and a stride for each, found 2 sizes and 1 strides}}
transformer.weight @view_c1 : tensor<8xf32> {source = "s", view = #transformer.view<offset = 0, sizes = [2, 4], strides = [4]>}

// -----

// expected-error @+1 {{expected an offset that is not negative, found -1}}
transformer.weight @view_c2_offset : tensor<8xf32> {source = "s", view = #transformer.view<offset = -1, sizes = [8], strides = [1]>}

// -----

// expected-error @+1 {{expected positive sizes and strides, found 0}}
transformer.weight @view_c2_stride : tensor<8xf32> {source = "s", view = #transformer.view<offset = 0, sizes = [8], strides = [0]>}
