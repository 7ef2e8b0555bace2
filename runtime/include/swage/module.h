/* module.h - a loaded artifact: code, schedule and weights.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ownership: a module keeps its device alive; sessions keep their module alive.
 * Threads: a module does not change after it is loaded, so any number of
 * threads may use it at the same time.
 * Trust: an artifact holds machine code, so it is trusted like a program. The
 * checks at load catch damage, not malice.
 */
#ifndef SWAGE_MODULE_H
#define SWAGE_MODULE_H

#include "swage/device.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swage_module_t swage_module_t;

/* ---- Loading ------------------------------------------------------------ */

/* Maps an artifact, checks its header, table, code and sections, and picks the
 * first executable that this processor can run. Weights are mapped, neither
 * read nor copied. Do not change the file while the module lives. Blocks on
 * the file. */
SWAGE_API swage_status_code_t
swage_module_load_file(swage_device_t *device, const char *path,
                       swage_module_t **out_module, swage_status_t *status);

/* The same from memory, which must be 256-byte aligned and stay unchanged as
 * long as the module lives. */
SWAGE_API swage_status_code_t
swage_module_load_memory(swage_device_t *device, const void *data, size_t size,
                         swage_module_t **out_module, swage_status_t *status);

SWAGE_API void swage_module_destroy(swage_module_t *module);

/* Reads every weight and compares its checksum. Blocks on the file. */
SWAGE_API swage_status_code_t swage_module_verify(const swage_module_t *module,
                                                  swage_status_t *status);

/* ---- What it is ---------------------------------------------------------- */

typedef struct swage_module_info_t {
  const char *producer;     /* version of the compiler, "" if unknown */
  const char *architecture; /* "llama", ... */
  const char *target;       /* of the executable in use */
  uint32_t schema_version;
  uint32_t vocab_size;
  uint32_t max_positions; /* the longest sequence */
  uint32_t page_positions;
  int32_t bos_token; /* -1 if there is none */
  const int32_t *eos_tokens;
  size_t eos_token_count;
  size_t weight_count;
  size_t section_count;
  size_t metadata_count;
  size_t entry_point_count;
  size_t kernel_count;
  uint64_t code_bytes;  /* of the executable in use */
  uint32_t token_types; /* that tokens may have; 0 if they have none */
} swage_module_info_t;

SWAGE_API const swage_module_info_t *
swage_module_info(const swage_module_t *module);

/* Bytes of all packed weights. */
SWAGE_API uint64_t swage_module_weight_bytes(const swage_module_t *module);

typedef struct swage_weight_info_t {
  const char *name;
  const uint64_t *shape;
  size_t rank;
  const char *encoding; /* logical: "bf16", ... */
  const char *layout;   /* physical: "row_tiles<16, 2>", ... */
  float bits;           /* stored bits for each element */
  uint64_t bytes;
} swage_weight_info_t;

/* The weight at `index`, below weight_count. */
SWAGE_API swage_status_code_t
swage_module_weight(const swage_module_t *module, size_t index,
                    swage_weight_info_t *out_weight, swage_status_t *status);

typedef struct swage_entry_point_info_t {
  const char *name;
  /* Cache types that it has code for, the default first; none without cache. */
  const char *const *kv_cache_types;
  size_t kv_cache_type_count;
  /* 1 if it encodes whole texts (swage_session_encode); 0 if it appends to
   * sequences (swage_session_forward). */
  uint32_t whole_sequences;
} swage_entry_point_info_t;

/* The entry point at `index`, below entry_point_count. */
SWAGE_API swage_status_code_t swage_module_entry_point(
    const swage_module_t *module, size_t index,
    swage_entry_point_info_t *out_entry_point, swage_status_t *status);

/* ---- Bytes beside the model ---------------------------------------------- */

/* The section of that name, for example "tokenizer". */
SWAGE_API swage_status_code_t swage_module_section(const swage_module_t *module,
                                                   const char *name,
                                                   const void **out_data,
                                                   size_t *out_size,
                                                   swage_status_t *status);

/* The name of the section at `index`; NULL from section_count on. */
SWAGE_API const char *swage_module_section_name(const swage_module_t *module,
                                                size_t index);

/* The value for a key of the artifact's metadata; NULL if there is none. */
SWAGE_API const char *swage_module_metadata(const swage_module_t *module,
                                            const char *key);

/* The key at `index`; NULL from metadata_count on. */
SWAGE_API const char *swage_module_metadata_key(const swage_module_t *module,
                                                size_t index);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_MODULE_H */
