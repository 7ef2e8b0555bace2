/* cpu_kernel.h - the binary interface of generated CPU kernels.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A kernel is a function in the artifact's CPU code segment. The compiler
 * emits it, the CPU driver calls it; this header is all that they share. A
 * change of meaning here raises SWAGE_CPU_KERNEL_ABI_VERSION.
 *
 * Threading: one dispatch is a range of work items [0, grid). Workers call the
 * kernel at the same time with disjoint subranges of any size; the result does
 * not depend on how the range is cut. A kernel allocates nothing, calls
 * nothing outside its segment, and writes only through its bindings and to its
 * worker's scratch.
 */
#ifndef SWAGE_CPU_KERNEL_H
#define SWAGE_CPU_KERNEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWAGE_CPU_KERNEL_ABI_VERSION 2u

/* The most buffers that one dispatch binds, on any target. */
#define SWAGE_MAX_BINDINGS 8u
/* The most scalars that one dispatch passes. */
#define SWAGE_MAX_SCALARS 8u

/* Bytes of a worker's scratch: memory in which a kernel leaves nothing for
 * another, small enough to stay in a core's second-level cache. */
#define SWAGE_CPU_SCRATCH_BYTES (1u << 20)

/* The arguments of one dispatch. */
typedef struct swage_cpu_dispatch_t {
  /* Base address of each binding, 64-byte aligned; weights 256-byte. */
  void *const *bindings;
  /* Values of the dispatch's scalar expressions, in order. */
  const int64_t *scalars;
  /* SWAGE_CPU_SCRATCH_BYTES of this worker's own, 64-byte aligned, with
   * anything in them. */
  void *scratch;
} swage_cpu_dispatch_t;

/* Computes work items [begin, end) of the dispatch. */
typedef void (*swage_cpu_kernel_t)(const swage_cpu_dispatch_t *dispatch,
                                   uint64_t begin, uint64_t end);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_CPU_KERNEL_H */
