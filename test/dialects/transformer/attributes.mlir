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
