// RUN: swage-opt %s --swage-specialization-specialize-rows="kv-cache=f32 single-variant" | FileCheck %s
// RUN: swage-opt %s --swage-specialize="kv-cache=f32 single-variant" | FileCheck %s

// CHECK: module
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {
  // CHECK: func.func @forward.many
  // CHECK-SAME: rows = many, min = 1, max = 4294967295, cache = none>
  // CHECK-NOT: func.func
  func.func @forward(%x: tensor<?xi32>) -> tensor<?xi32> attributes {transformer.entry_point} {
    return %x : tensor<?xi32>
  }
}
