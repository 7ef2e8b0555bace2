// RUN: swage-opt %s --swage-specialization-verify-specialized --verify-diagnostics --split-input-file

// Order does not matter, only that nothing is missing.
func.func @accepted.many() attributes {schedule.variant = #schedule.variant<entry = "accepted", rows = many, min = 2, max = 99, cache = none>} {
  return
}
func.func @accepted.one() attributes {schedule.variant = #schedule.variant<entry = "accepted", rows = one, min = 1, max = 1, cache = none>} {
  return
}

// -----

// expected-error @+1 {{'func.func' op is an entry point that is not specialized}}
func.func @negative_r1_entry_point() attributes {transformer.entry_point} {
  return
}

// -----

// expected-error @+1 {{'func.func' op is no variant of an entry point: it has no 'schedule.variant'}}
func.func @negative_r1_no_variant() {
  return
}

// -----

transformer.cache @cache.0 : !transformer.cache<1 x 4 x f32>
func.func @negative_r2() attributes {schedule.variant = #schedule.variant<entry = "forward", rows = many, min = 1, max = 99, cache = f16>} {
  // expected-error @+1 {{'transformer.get_cache' op refers to a cache of 'f32' in a variant for 'f16'}}
  %c = transformer.get_cache @cache.0 : !transformer.cache<1 x 4 x f32>
  return
}

// -----

func.func @negative_r3_gap.one() attributes {schedule.variant = #schedule.variant<entry = "gap", rows = one, min = 1, max = 1, cache = f16>} {
  return
}
// expected-error @+1 {{'func.func' op serves 4 rows and more, but 2 is the next row count of 'gap' with cache 'f16'}}
func.func @negative_r3_gap.many() attributes {schedule.variant = #schedule.variant<entry = "gap", rows = many, min = 4, max = 99, cache = f16>} {
  return
}

// -----

func.func @negative_r3_twice.one() attributes {schedule.variant = #schedule.variant<entry = "twice", rows = one, min = 1, max = 3, cache = f16>} {
  return
}
// expected-error @+1 {{'func.func' op serves 3 rows and more, but 4 is the next row count of 'twice' with cache 'f16'}}
func.func @negative_r3_twice.many() attributes {schedule.variant = #schedule.variant<entry = "twice", rows = many, min = 3, max = 99, cache = f16>} {
  return
}
