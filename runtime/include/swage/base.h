/* base.h - status, allocator and logger of the C API.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The law of every Swage header:
 *  * Functions that can fail return a status code and take `status` last. It
 *    may be NULL; else it is overwritten in any case, its message too.
 *  * On failure, out-parameters are untouched and nothing has changed, unless
 *    the function says otherwise.
 *  * Strings are UTF-8 and end with a zero byte. What a getter returns belongs
 *    to the object it was asked of and lives as long as that.
 *  * `*_destroy(NULL)` does nothing.
 *  * An object is used by one thread at a time unless its header says more.
 *    Nothing is global, nothing aborts. A callback may call Swage, but not with
 *    the object whose call it came from.
 *  * Structures that may grow start with `size`, set to sizeof the structure;
 *    zero in any other field means its default. A program of older headers
 *    leaves out what came later. What a program of newer headers asks for and
 *    the library does not know is SWAGE_UNSUPPORTED.
 *  * Where an object, an argument or a place for a result is needed, NULL is
 *    SWAGE_INVALID_ARGUMENT. Getters without a status then give NULL, 0, or
 *    what they give where there is nothing.
 */
#ifndef SWAGE_BASE_H
#define SWAGE_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define SWAGE_API __declspec(dllexport)
#else
#define SWAGE_API __attribute__((visibility("default")))
#endif

/* Initializes every field of a structure to zero, in C and in C++. */
#ifdef __cplusplus
#define SWAGE_ZERO                                                             \
  {                                                                            \
  }
#else
#define SWAGE_ZERO {0}
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong, coarsely; the message says it exactly. */
typedef enum swage_status_code_t {
  SWAGE_OK = 0,
  SWAGE_INVALID_ARGUMENT = 1, /* the caller's request makes no sense */
  SWAGE_OUT_OF_MEMORY = 2,
  SWAGE_NOT_FOUND = 3,
  SWAGE_DATA_LOSS = 4,   /* a file is damaged or cut short */
  SWAGE_UNSUPPORTED = 5, /* sound, but not on this device or version */
  SWAGE_IO = 6,
  SWAGE_CANCELLED = 7,
  SWAGE_INTERNAL = 8, /* a bug in Swage */
  SWAGE_DEADLINE_EXCEEDED = 9
} swage_status_code_t;

typedef struct swage_status_t {
  swage_status_code_t code;
  char message[244]; /* lower case, no final period; empty when OK */
} swage_status_t;

/* Where memory comes from. Both functions are called from any thread that
 * calls Swage. `allocate` returns NULL when it has none; `alignment` is a power
 * of two. `free` gets the size that was asked for, and never NULL. */
typedef struct swage_allocator_t {
  void *self;
  void *(*allocate)(void *self, size_t size, size_t alignment);
  void (*free)(void *self, void *pointer, size_t size);
} swage_allocator_t;

typedef enum swage_log_level_t {
  SWAGE_LOG_INFO = 0,
  SWAGE_LOG_WARNING = 1
} swage_log_level_t;

/* Takes one line without its end. Called from any thread that calls Swage. */
typedef struct swage_logger_t {
  void *self;
  void (*log)(void *self, swage_log_level_t level, const char *message);
} swage_logger_t;

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_BASE_H */
