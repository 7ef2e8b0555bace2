// RUN: swage-opt --swage-schedule-build-programs --split-input-file --verify-diagnostics %s

// Results have known roles, once each.

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  func.func @forward.many.f32(%x: tensor<?x16xf32>) -> (tensor<?x16xf32> {transformer.result = "tokens"})
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = none>} {
    // expected-error @below {{expected result 0 to be named logits, hidden, pooled or class_logits, found "tokens"}}
    return %x : tensor<?x16xf32>
  }
}

// -----

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  func.func @forward.many.f32(%x: tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32> {transformer.result = "hidden"})
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = none>} {
    // expected-error @below {{expected values and roles once each, found 'hidden' or its value again}}
    return %x, %x : tensor<?x16xf32>, tensor<?x16xf32>
  }
}

// -----

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  func.func @forward.many.f32(%x: tensor<?x16xf16>) -> tensor<?x16xf16>
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = none>} {
    // expected-error @below {{expected results of element type f32, found 'f16'}}
    return %x : tensor<?x16xf16>
  }
}

// -----

module attributes {
  swage.targets = [#swage_cpu.target<"cpu:x86-64-v4">],
  transformer.model = #transformer.model<architecture = "x", source = "m", vocab_size = 32, max_positions = 128, bos = -1, eos = []>
} {
  func.func @forward.many.f32(%x: tensor<?x16xf32>)
      attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 4294967295, cache = none>} {
    // expected-error @below {{of an entry point must return a value, found none}}
    return
  }
}
