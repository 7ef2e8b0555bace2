// RUN: swage-opt %s --load-pass-plugin=%{plugin} --pass-pipeline="builtin.module(sample-limit-window{positions=8})" | FileCheck %s
// RUN: swage-opt %s --load-pass-plugin=%{plugin} --pass-pipeline="builtin.module(sample-limit-window)" | FileCheck %s --check-prefix=DEFAULT
// RUN: not swage-opt %s --load-pass-plugin=%{plugin} --pass-pipeline="builtin.module(sample-limit-window{positions=0})" 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: error: sample-limit-window: expected at least one position, found 0

// CHECK-LABEL: func.func @forward
func.func @forward(%q: tensor<?x8xf32>, %batch: !transformer.batch) -> tensor<?x8xf32> {
  %c = transformer.get_cache @cache.0 : !transformer.cache<1 x 4 x f32>
  // Without a window, with a larger one, and with a smaller one, which stays.
  // CHECK: transformer.attention {{.*}}window = 8
  // CHECK: transformer.attention {{.*}}window = 8
  // CHECK: transformer.attention {{.*}}window = 4
  // DEFAULT: transformer.attention {{.*}}window = 64
  // DEFAULT: transformer.attention {{.*}}window = 32
  // DEFAULT: transformer.attention {{.*}}window = 4
  %0 = transformer.attention %q, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64}
      : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f32>) -> tensor<?x8xf32>
  %1 = transformer.attention %0, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64, window = 32 : i64}
      : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f32>) -> tensor<?x8xf32>
  %2 = transformer.attention %1, %batch, %c {num_heads = 2 : i64, scale = 0.5 : f64, window = 4 : i64}
      : (tensor<?x8xf32>, !transformer.batch, !transformer.cache<1 x 4 x f32>) -> tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}
transformer.cache @cache.0 : !transformer.cache<1 x 4 x f32>
