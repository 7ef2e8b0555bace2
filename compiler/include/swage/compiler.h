/* compiler.h - the compiler as a library: what `swage compile` does.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A library of its own (swage_compiler), which brings LLVM and MLIR; programs
 * that only run models do not need it. The law of base.h holds. Any number of
 * threads may compile at the same time, into different files. What LLVM takes
 * for a defect of its own ends the process, as it does in every compiler built
 * on it.
 */
#ifndef SWAGE_COMPILER_H
#define SWAGE_COMPILER_H

#include "swage/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A report of progress. Weights take most of the time, so they report bytes. */
typedef struct swage_compile_progress_t {
  const char *what;                 /* a stage or a weight */
  uint64_t bytes_done, bytes_total; /* of weights; 0 before they are packed */
} swage_compile_progress_t;

typedef enum swage_severity_t {
  SWAGE_SEVERITY_WARNING = 0, /* the compilation went on */
  SWAGE_SEVERITY_ERROR = 1    /* it failed */
} swage_severity_t;

/* NULL in any field means its default, except in the first two. */
typedef struct swage_compile_options_t {
  size_t size;
  const char *model;  /* a Hugging Face folder, a GGUF file, a config.json */
  const char *output; /* the file to write */
  const char *const *targets; /* "cpu:x86-64-v4", ...; none: this machine */
  size_t target_count;
  const char *emit; /* "swg", "static-lib", "mlir", "llvm", "asm", "obj" */
  const char *activations;           /* "auto", "f32", "f16", "bf16", "int8" */
  const char *const *kv_cache_types; /* "f16", ..., the default first */
  size_t kv_cache_type_count;
  const uint64_t *random_seed; /* seeded weights instead of the model's */
  /* Prompts, at most 64, that an artifact keeps with their results in f32, for
   * `swage verify`. NULL: a few, none above 2 GB of weights. */
  const uint32_t *goldens;
  const char *stop_after; /* a stage; its IR is written */
  const char *dump_ir;    /* a folder for the IR after each stage */
  uint32_t threads;       /* for packing weights; 0: all processors */
  void *self;             /* for the functions below */
  /* Called by one thread at a time, not always the caller's. */
  void (*progress)(void *self, const swage_compile_progress_t *progress);
  /* Gets warnings, and the whole message of an error: it may have more lines
   * than a status has room for. Called on the caller's thread. */
  void (*diagnostic)(void *self, swage_severity_t severity,
                     const char *message);
  const char *recipe; /* how to compress: "q4_k_m", ..., or a YAML file */
  const char *report; /* where to write what became of each weight */
} swage_compile_options_t;

static inline swage_compile_options_t swage_compile_options_default(void) {
  swage_compile_options_t options = SWAGE_ZERO;
  options.size = sizeof(options);
  return options;
}

typedef struct swage_compile_result_t {
  size_t size;            /* set by the caller */
  double compile_seconds; /* from the import to code */
  double weight_seconds;  /* packing and writing weights */
  uint64_t code_bytes, weight_bytes, file_bytes;
  uint32_t goldens; /* prompts that were stored */
} swage_compile_result_t;

/* Compiles a model. On failure the output file is as it was before; the status
 * has the beginning of the message. SWAGE_INVALID_ARGUMENT: the options are
 * wrong, whatever the model is. SWAGE_NOT_FOUND: there is no such model.
 * SWAGE_UNSUPPORTED: the model cannot be read or compiled, or the output not be
 * written. `out_result` may be NULL. Installs no signal handlers: a process
 * that is killed meanwhile leaves OUTPUT.tmp-PID, which the next compilation
 * into that file removes. */
SWAGE_API swage_status_code_t
swage_compile(const swage_compile_options_t *options,
              swage_compile_result_t *out_result, swage_status_t *status);

/* The compiler's version, such as "0.1.0". */
SWAGE_API const char *swage_compiler_version(void);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_COMPILER_H */
