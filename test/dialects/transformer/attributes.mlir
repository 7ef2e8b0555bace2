// RUN: swage-opt %s | swage-opt | FileCheck %s

// Parameters at their default are not printed, and may be written.
// CHECK-LABEL: @rope_plain
// CHECK-SAME: #transformer.rope<dims = 64, theta = 1.000000e+04>
func.func private @rope_plain() attributes {transformer.test = #transformer.rope<dims = 64, theta = 1.0e+04,
    scaling = none, factor = 1.0, low_freq_factor = 0.0, high_freq_factor = 0.0, original_max_positions = 0>}

// CHECK-LABEL: @rope_linear
// CHECK-SAME: #transformer.rope<dims = 64, theta = 1.000000e+04, scaling = linear, factor = 2.500000e+00>
func.func private @rope_linear() attributes {transformer.test = #transformer.rope<theta = 1.0e+04, dims = 64, factor = 2.5, scaling = linear>}

// CHECK-LABEL: @rope_llama3
// CHECK-SAME: #transformer.rope<dims = 64, theta = 5.000000e+05, scaling = llama3, factor = 8.000000e+00, low_freq_factor = 1.000000e+00, high_freq_factor = 4.000000e+00, original_max_positions = 8192>
func.func private @rope_llama3() attributes {transformer.test = #transformer.rope<dims = 64, theta = 5.0e+05, scaling = llama3,
    factor = 8.0, low_freq_factor = 1.0, high_freq_factor = 4.0, original_max_positions = 8192>}

// CHECK-LABEL: @rope_dynamic
// CHECK-SAME: #transformer.rope<dims = 64, theta = 1.000000e+04, scaling = dynamic, factor = 2.000000e+00, original_max_positions = 4096, lengths = [4096, 8192]>
func.func private @rope_dynamic() attributes {transformer.test = #transformer.rope<dims = 64, theta = 1.0e+04, scaling = dynamic, factor = 2.0,
    original_max_positions = 4096, lengths = [4096, 8192]>}

// CHECK-LABEL: @rope_yarn
// CHECK-SAME: #transformer.rope<dims = 64, theta = 1.000000e+04, scaling = yarn, factor = 4.000000e+00, original_max_positions = 4096, attention_factor = 1.125000e+00, beta_fast = 3.200000e+01, beta_slow = 1.000000e+00, truncate = false>
func.func private @rope_yarn() attributes {transformer.test = #transformer.rope<dims = 64, theta = 1.0e+04, scaling = yarn, factor = 4.0,
    original_max_positions = 4096, attention_factor = 1.125, beta_fast = 32.0, beta_slow = 1.0, truncate = false>}

// CHECK-LABEL: @rope_longrope
// CHECK-SAME: #transformer.rope<dims = 4, theta = 1.000000e+04, scaling = longrope, original_max_positions = 4096, attention_factor = 1.250000e+00, short_factors = [1.000000e+00, 1.500000e+00], long_factors = [1.100000e+00, 6.425000e+01], lengths = [4096, 131072]>
func.func private @rope_longrope() attributes {transformer.test = #transformer.rope<dims = 4, theta = 1.0e+04, scaling = longrope,
    original_max_positions = 4096, attention_factor = 1.25, short_factors = [1.0, 1.5], long_factors = [1.1, 64.25],
    lengths = [4096, 131072], truncate = true>}

// A theta without a short decimal form keeps its bits.
// CHECK-LABEL: @rope_exact
// CHECK-SAME: theta = 10000.000000000002
func.func private @rope_exact() attributes {transformer.test = #transformer.rope<dims = 64, theta = 10000.000000000002>}

// CHECK-LABEL: @model_with_types
// CHECK-SAME: eos = [], token_types = 2>
func.func private @model_with_types() attributes {transformer.test = #transformer.model<architecture = "bert", source = "a b",
    vocab_size = 8, max_positions = 16, bos = -1, eos = [], token_types = 2>}

// CHECK-LABEL: @model_without_ends
// CHECK-SAME: bos = -1, eos = []>
func.func private @model_without_ends() attributes {transformer.test = #transformer.model<architecture = "llama", source = "a b",
    vocab_size = 8, max_positions = 16, bos = -1, eos = []>}
