/* toy_kernels.c - hand-written kernels of a toy model, against cpu_kernel.h.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Rows have 16 values. The model: x = table[token] + 1; x = sum of x over the
 * sequence up to here, kept in the cache; logits = x + 1000 * position.
 * Everything is a small integer, so results are exact.
 */
#include "swage/cpu_kernel.h"

enum { COLUMNS = 16, PAGE = 4 };

#define KERNEL __attribute__((visibility("default"))) void

/* tokens i32, table f32, out. Item: row. */
KERNEL toy_embed(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const int32_t *tokens = d->bindings[0];
  const float *table = d->bindings[1];
  float *out = d->bindings[2];
  for (uint64_t row = begin; row < end; ++row)
    for (int c = 0; c < COLUMNS; ++c)
      out[row * COLUMNS + c] = table[tokens[row] * COLUMNS + c];
}

/* in, out; scalar: what to add. Item: row. */
KERNEL toy_add(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const float *in = d->bindings[0];
  float *out = d->bindings[1];
  float addend = (float)d->scalars[0];
  for (uint64_t i = begin * COLUMNS; i < end * COLUMNS; ++i)
    out[i] = in[i] + addend;
}

/* in, cache [page][4][16], batch, out; scalars: rows, sequences, stride.
 * Item: sequence. */
KERNEL toy_sum(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const float *in = d->bindings[0];
  float *cache = d->bindings[1];
  const int32_t *starts = d->bindings[2];
  float *out = d->bindings[3];
  int64_t rows = d->scalars[0], sequences = d->scalars[1];
  const int32_t *pasts = starts + sequences + 1;
  const int32_t *positions = pasts + sequences;
  const int32_t *table = positions + rows;
  for (uint64_t s = begin; s < end; ++s) {
    const int32_t *pages = table + s * d->scalars[2];
    for (int32_t row = starts[s]; row < starts[s + 1]; ++row) {
      int32_t place = pasts[s] + row - starts[s];
      for (int c = 0; c < COLUMNS; ++c) {
        cache[(pages[place / PAGE] * PAGE + place % PAGE) * COLUMNS + c] =
            in[row * COLUMNS + c];
        float sum = 0;
        for (int32_t p = 0; p <= place; ++p)
          sum += cache[(pages[p / PAGE] * PAGE + p % PAGE) * COLUMNS + c];
        out[row * COLUMNS + c] = sum + 1000.0f * (float)positions[row];
      }
    }
  }
}

/* in, rows i32, out. Item: logit row. */
KERNEL toy_logits(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const float *in = d->bindings[0];
  const int32_t *rows = d->bindings[1];
  float *out = d->bindings[2];
  for (uint64_t i = begin; i < end; ++i)
    for (int c = 0; c < COLUMNS; ++c)
      out[i * COLUMNS + c] = in[rows[i] * COLUMNS + c];
}

/* in, batch, out; scalars: rows, sequences. Item: sequence. Each row becomes
 * the sum of all rows of its sequence. */
KERNEL toy_mix(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const float *in = d->bindings[0];
  const int32_t *starts = d->bindings[1];
  float *out = d->bindings[2];
  for (uint64_t s = begin; s < end; ++s)
    for (int c = 0; c < COLUMNS; ++c) {
      float sum = 0;
      for (int32_t row = starts[s]; row < starts[s + 1]; ++row)
        sum += in[row * COLUMNS + c];
      for (int32_t row = starts[s]; row < starts[s + 1]; ++row)
        out[row * COLUMNS + c] = sum;
    }
}

/* in, types i32, batch, out; scalars: rows, sequences. Item: row. Adds 100
 * times the type and 1000 times the position. */
KERNEL toy_types(const swage_cpu_dispatch_t *d, uint64_t begin, uint64_t end) {
  const float *in = d->bindings[0];
  const int32_t *types = d->bindings[1];
  const int32_t *positions =
      (const int32_t *)d->bindings[2] + 2 * d->scalars[1] + 1;
  float *out = d->bindings[3];
  for (uint64_t row = begin; row < end; ++row)
    for (int c = 0; c < COLUMNS; ++c)
      out[row * COLUMNS + c] = in[row * COLUMNS + c] +
                               100.0f * (float)types[row] +
                               1000.0f * (float)positions[row];
}
