// RUN: swage-opt %s --swage-specialization-specialize-rows --verify-diagnostics --split-input-file

// expected-error @+1 {{module names no target: 'swage.targets' must be an array of target attributes}}
module {}

// -----

module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  // expected-error @+1 {{entry point 'negative_called' is referred to: its variants cannot replace it}}
  func.func @negative_called() attributes {transformer.entry_point} {
    return
  }
  func.func @caller() {
    call @negative_called() : () -> ()
    return
  }
}

// -----

module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  transformer.cache @cache.0 : !transformer.cache<1 x 4 x f32>
  func.func @negative_outside() -> !transformer.cache<1 x 4 x f32> {
    // expected-error @+1 {{'transformer.get_cache' op is outside of entry points: its function must be inlined before caches are specialized}}
    %c = transformer.get_cache @cache.0 : !transformer.cache<1 x 4 x f32>
    return %c : !transformer.cache<1 x 4 x f32>
  }
}
