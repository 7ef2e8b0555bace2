// RUN: swage-opt %s --swage-specialization-specialize-rows=kv-cache=f16,f32,f16 | FileCheck %s

!cache = !transformer.cache<1 x 4 x f16>

// CHECK: module
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  // CHECK-NEXT: transformer.cache @cache.0.f16 : !transformer.cache<1 x 4 x f16>
  // CHECK-NEXT: transformer.cache @cache.0.f32 : !transformer.cache<1 x 4 x f32>
  transformer.cache @cache.0 : !cache

  // Row counts outside, cache types inside; the original is gone.
  // CHECK-NEXT: func.func @forward.one.f16
  // CHECK-SAME: attributes {schedule.variant = #schedule.variant<entry = "forward", rows = one, min = 1, max = 1, cache = f16>}
  // CHECK-NEXT: %[[C16:.*]] = transformer.get_cache @cache.0.f16 : !transformer.cache<1 x 4 x f16>
  // CHECK-NEXT: transformer.attention {{.*}} %[[C16]] {{.*}} !transformer.cache<1 x 4 x f16>)
  // CHECK: func.func @forward.one.f32
  // CHECK-SAME: attributes {schedule.variant = #schedule.variant<entry = "forward", rows = one, min = 1, max = 1, cache = f32>}
  // CHECK-NEXT: %[[C32:.*]] = transformer.get_cache @cache.0.f32 : !transformer.cache<1 x 4 x f32>
  // CHECK-NEXT: transformer.attention {{.*}} %[[C32]] {{.*}} !transformer.cache<1 x 4 x f32>)
  // CHECK: func.func @forward.few.f16
  // CHECK-SAME: rows = few, min = 2, max = [[FEW:[0-9]+]], cache = f16>
  // CHECK: func.func @forward.few.f32
  // CHECK: func.func @forward.many.f16
  // CHECK: func.func @forward.many.f32
  // CHECK-NOT: func.func
  func.func @forward(%q: tensor<?x8xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> attributes {transformer.entry_point} {
    %c = transformer.get_cache @cache.0 : !cache
    %a = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
        : (tensor<?x8xf32>, !transformer.batch, !cache) -> tensor<?x8xf32>
    return %a : tensor<?x8xf32>
  }
}
