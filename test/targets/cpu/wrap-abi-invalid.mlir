// RUN: swage-opt %s --swage-cpu-wrap-abi --split-input-file --verify-diagnostics

// expected-error@+1 {{'func.func' op is a kernel and must return nothing; write the result to a binding}}
func.func @returns(%begin: index, %end: index) -> index {
  return %begin : index
}

// -----

// expected-error@+1 {{'func.func' op argument 1 has type 'f32'; a kernel takes memrefs, the one marked 'swage_cpu.scratch' last, then scalars of type index, then the range as two of type index}}
func.func @scalar_type(%x: memref<?xf32>, %s: f32, %begin: index, %end: index) {
  return
}

// -----

// expected-error@+1 {{'func.func' op lacks its range of work items; expected two last arguments of type index}}
func.func @no_range(%x: memref<?xf32>, %rows: index) {
  return
}

// -----

// expected-error@+1 {{'func.func' op takes 9 bindings and 0 scalars; a dispatch passes at most 8 and 8}}
func.func @bindings(%a: memref<?xf32>, %b: memref<?xf32>, %c: memref<?xf32>,
                    %d: memref<?xf32>, %e: memref<?xf32>, %f: memref<?xf32>,
                    %g: memref<?xf32>, %h: memref<?xf32>, %i: memref<?xf32>,
                    %begin: index, %end: index) {
  return
}

// -----

// expected-error@+1 {{'func.func' op binding 0 has type 'memref<4x?xf32>', but only the outermost size of a contiguous memref may be dynamic}}
func.func @inner_size(%x: memref<4x?xf32>, %begin: index, %end: index) {
  return
}

// -----

// expected-error@+1 {{'func.func' op binding 0 has type 'memref<4xf32, strided<[2]>>', but only the outermost size of a contiguous memref may be dynamic}}
func.func @layout(%x: memref<4xf32, strided<[2]>>, %begin: index, %end: index) {
  return
}

// -----

func.func @size(%x: memref<?xf32>, %begin: index, %end: index) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'memref.dim' op asks for the size of binding 0, which a kernel is not told; pass it as a scalar}}
  %0 = memref.dim %x, %c0 : memref<?xf32>
  return
}

// -----

// expected-error@+1 {{'func.func' op argument 1 has type 'memref<?xf32>'; a kernel takes memrefs, the one marked 'swage_cpu.scratch' last, then scalars of type index, then the range as two of type index}}
func.func @scratch_first(%own: memref<1048576xi8> {swage_cpu.scratch},
                         %x: memref<?xf32>, %begin: index, %end: index) {
  return
}
