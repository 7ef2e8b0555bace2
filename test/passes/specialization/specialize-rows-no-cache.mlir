// RUN: swage-opt %s --swage-specialization-specialize-rows | FileCheck %s

// An entry point without cache has one variant for each kind of row count; a
// function that is no entry point stays. Without the option, caches are f16.
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  // CHECK: transformer.cache @cache.0.f16 : !transformer.cache<1 x 4 x f16>
  // CHECK-NOT: @cache.0 
  transformer.cache @cache.0 : !transformer.cache<1 x 4 x f32>
  // CHECK: func.func @encode.one(
  // CHECK-SAME: rows = one, min = 1, max = 1, cache = none>
  // CHECK: func.func @encode.few(
  // CHECK: func.func @encode.many(
  func.func @encode(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {transformer.entry_point} {
    return %x : tensor<?x8xf32>
  }
  // CHECK: func.func @other() {
  func.func @other() {
    return
  }
}
