// RUN: not swage-opt %s --swage-specialization-specialize-rows=kv-cache=f16,q4 2>&1 | FileCheck %s
// RUN: not swage-opt %s --swage-specialize=kv-cache=f16,q4 2>&1 | FileCheck %s

// CHECK: error: unknown cache type 'q4': known are f32, f16, bf16, fp8, int8, int4
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {}
