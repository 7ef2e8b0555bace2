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
