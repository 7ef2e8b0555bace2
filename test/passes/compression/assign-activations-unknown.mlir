// RUN: not swage-opt %s --swage-compression-assign-activations=activations=int3 2>&1 | FileCheck %s
// RUN: not swage-opt %s --swage-compress=activations=int3 2>&1 | FileCheck %s

// CHECK: error: unknown activations 'int3': known are auto, f32, f16, bf16 and int8
module attributes {swage.targets = [#swage_cpu.target<"cpu:x86-64-v3">]} {}
