/* device.h - what runs a model: a processor and the threads it may use.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ownership: device -> module -> session. Each keeps what it was made from
 * alive, so they may be destroyed in any order.
 * Threads: a device may be used from any number of threads at the same time.
 * It has one pool of workers, which runs one call of `forward` at a time:
 * calls from several sessions wait for each other, in no particular order.
 */
#ifndef SWAGE_DEVICE_H
#define SWAGE_DEVICE_H

#include "swage/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swage_device_t swage_device_t;

typedef struct swage_device_options_t {
  size_t size;
  const char *driver;          /* "cpu", the default */
  uint32_t threads;            /* the caller's included; 0: all processors */
  swage_allocator_t allocator; /* zero: the C library's */
  swage_logger_t logger;       /* zero: silence */
  uint64_t memory_limit;       /* bytes for all that comes from the device;
                                  0: no limit */
} swage_device_options_t;

static inline swage_device_options_t swage_device_options_default(void) {
  swage_device_options_t options = SWAGE_ZERO;
  options.size = sizeof(options);
  return options;
}

/* Opens a device and starts its threads - 1 workers. `options` may be NULL. The
 * allocator serves every object that comes from the device; the large parts
 * (state, arena, code) are pages from the system. Both count towards the memory
 * limit: what does not fit is refused before anything of it is taken. Not
 * counted are weights and code of artifacts, and the stacks of threads. */
SWAGE_API swage_status_code_t
swage_device_create(const swage_device_options_t *options,
                    swage_device_t **out_device, swage_status_t *status);

/* Gives the device up. Its workers end with the last module and session. */
SWAGE_API void swage_device_destroy(swage_device_t *device);

/* Bytes that count towards the memory limit now. Pages of the system count
 * when they are reserved, though it commits them when they are first used. */
SWAGE_API uint64_t swage_device_memory(const swage_device_t *device);

/* The driver's name, "cpu". */
SWAGE_API const char *swage_device_driver(const swage_device_t *device);

/* The processor's own name, such as "AMD EPYC 9655P". */
SWAGE_API const char *swage_device_name(const swage_device_t *device);

/* Threads that work on one call, the caller's included. */
SWAGE_API uint32_t swage_device_threads(const swage_device_t *device);

/* Processor features that executables may ask for and that are present, by
 * index from 0; NULL behind the last one. */
SWAGE_API const char *swage_device_feature(const swage_device_t *device,
                                           size_t index);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_DEVICE_H */
