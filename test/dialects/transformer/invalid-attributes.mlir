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

// expected-error @+1 {{expected factor 1 without scaling, found 2.000000e+00}}
func.func private @rope_c3_none() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, factor = 2.0>}

// -----

// expected-error @+1 {{expected low_freq_factor, high_freq_factor and original_max_positions with scaling llama3 only, found them with scaling linear}}
func.func private @rope_c4_linear() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = linear, low_freq_factor = 1.0>}

// -----

// expected-error @+1 {{expected high_freq_factor > low_freq_factor > 0, found 1.000000e+00 and 4.000000e+00}}
func.func private @rope_c4_order() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = llama3,
    low_freq_factor = 4.0, high_freq_factor = 1.0, original_max_positions = 8192>}

// -----

// expected-error @+1 {{expected positive original_max_positions with scaling llama3, found 0}}
func.func private @rope_c4_positions() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = llama3,
    low_freq_factor = 1.0, high_freq_factor = 4.0>}

// -----

// expected-error @+1 {{expected parameters dims and theta}}
func.func private @rope_missing() attributes {transformer.test = #transformer.rope<dims = 4>}

// -----

// expected-error @+1 {{parameter 'dims' is given twice}}
func.func private @rope_twice() attributes {transformer.test = #transformer.rope<dims = 4, dims = 4, theta = 1.0>}

// -----

// expected-error @+1 {{unknown parameter 'base'; known are dims, theta, scaling, factor, low_freq_factor, high_freq_factor, original_max_positions}}
func.func private @rope_unknown() attributes {transformer.test = #transformer.rope<base = 4>}

// -----

// expected-error @+1 {{unknown scaling 'yarn'; known are none, linear, llama3}}
func.func private @rope_scaling() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0, scaling = yarn>}

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
