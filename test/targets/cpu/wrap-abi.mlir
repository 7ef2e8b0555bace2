// RUN: swage-opt %s --swage-cpu-wrap-abi | FileCheck %s

// The entry loads what the kernel takes, in order, and the kernel is hidden
// behind it with pointers that do not alias.

// CHECK-LABEL: func.func private @kernel_body
// CHECK-SAME:    %[[X:[^:]+]]: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}
// CHECK-SAME:    %[[OUT:[^:]+]]: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}
// CHECK-SAME:    %[[ROWS:[^:]+]]: index
// CHECK-SAME:    llvm.linkage = #llvm.linkage<internal>
// CHECK-SAME:    passthrough = ["alwaysinline"]
// CHECK-DAG:     builtin.unrealized_conversion_cast {{.*}} to memref<?xf32>
// CHECK-DAG:     builtin.unrealized_conversion_cast {{.*}} to memref<?x4x64xf16>
// CHECK:         memref.load {{.*}} : memref<?xf32>

// CHECK-LABEL: llvm.func @kernel(
// CHECK-SAME:    %[[DISPATCH:[^:]+]]: !llvm.ptr, %[[BEGIN:[^:]+]]: i64, %[[END:[^:]+]]: i64)
// CHECK:         %[[TABLE_AT:.*]] = llvm.getelementptr %[[DISPATCH]][0]
// CHECK:         %[[TABLE:.*]] = llvm.load %[[TABLE_AT]]
// CHECK:         %[[X_AT:.*]] = llvm.getelementptr %[[TABLE]][0] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// CHECK:         %[[X:.*]] = llvm.load %[[X_AT]] : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[OUT_AT:.*]] = llvm.getelementptr %[[TABLE]][1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// CHECK:         %[[OUT:.*]] = llvm.load %[[OUT_AT]] : !llvm.ptr -> !llvm.ptr
// CHECK:         %[[SCALARS_AT:.*]] = llvm.getelementptr %[[DISPATCH]][1]
// CHECK:         %[[SCALARS:.*]] = llvm.load %[[SCALARS_AT]]
// CHECK:         %[[ROWS_AT:.*]] = llvm.getelementptr %[[SCALARS]][0] : (!llvm.ptr) -> !llvm.ptr, i64
// CHECK:         %[[ROWS_I64:.*]] = llvm.load %[[ROWS_AT]] : !llvm.ptr -> i64
// CHECK:         %[[ROWS:.*]] = builtin.unrealized_conversion_cast %[[ROWS_I64]]
// CHECK:         %[[FIRST:.*]] = builtin.unrealized_conversion_cast %[[BEGIN]]
// CHECK:         %[[LAST:.*]] = builtin.unrealized_conversion_cast %[[END]]
// CHECK:         call @kernel_body(%[[X]], %[[OUT]], %[[ROWS]], %[[FIRST]], %[[LAST]])
func.func @kernel(%x: memref<?xf32>, %out: memref<?x4x64xf16>, %rows: index,
                  %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %0 = memref.load %x[%rows] : memref<?xf32>
  %1 = arith.truncf %0 : f32 to f16
  memref.store %1, %out[%begin, %c0, %end] : memref<?x4x64xf16>
  return
}

// A private function is a helper of a kernel, not a kernel.
// CHECK-LABEL: func.func private @negative_helper
// CHECK-NOT:   llvm.func @negative_helper
func.func private @negative_helper(%a: f32) -> f32 {
  return %a : f32
}

// The worker's scratch is the last memref and the dispatch's third pointer.
// CHECK-LABEL: func.func private @scratch_body
// CHECK-SAME:    %{{[^:]+}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias}
// CHECK-SAME:    %{{[^:]+}}: !llvm.ptr {llvm.align = 64 : i64, llvm.noalias, swage_cpu.scratch}
// CHECK-LABEL: llvm.func @scratch(
// CHECK:         llvm.getelementptr %{{.*}}[0]
// CHECK:         %[[SCRATCH_AT:.*]] = llvm.getelementptr %{{.*}}[2]
// CHECK:         %[[SCRATCH:.*]] = llvm.load %[[SCRATCH_AT]]
// CHECK:         call @scratch_body(%{{.*}}, %[[SCRATCH]], %{{.*}}, %{{.*}})
func.func @scratch(%x: memref<?xf32>,
                   %own: memref<1048576xi8> {swage_cpu.scratch},
                   %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  %sums = memref.view %own[%c0][] : memref<1048576xi8> to memref<16xf32>
  %0 = memref.load %x[%begin] : memref<?xf32>
  memref.store %0, %sums[%c0] : memref<16xf32>
  return
}
